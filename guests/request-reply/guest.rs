//! On "ask": sends a request to "answer" and gives what came back to "out". On "answer": replies with
//! the body and with another message.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer::send;
use crate::bindings::wasi::messaging::request_reply::{RequestOptions, reply, request};
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        match message.topic().as_deref() {
            Some("ask") => ask(&message),
            _ => answer(&message),
        }
    }
}

fn answer(question: &Message) -> Result<(), Error> {
    reply(question, Message::new(&question.data()))?;
    reply(question, Message::new(b"again"))
}

fn ask(message: &Message) -> Result<(), Error> {
    let out = Client::connect("default")?;
    let options = RequestOptions::new();
    options.set_timeout_ms(2000);
    options.set_expected_replies(2);
    let question = Message::new(&message.data());
    for reply in request(&out, "answer", &question, Some(options))? {
        send(&out, "out", reply)?;
    }
    Ok(())
}
