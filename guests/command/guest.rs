//! A command: sends its arguments after the first to the topic that the first says.
use crate::bindings::exports::wasi::cli::run::Guest;
use crate::bindings::wasi::cli::{environment, stderr, stdout};
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let [_, topic, words @ ..] = arguments.as_slice() else {
            return Err(());
        };
        if let Err(error) = send(topic, words) {
            let line = format!("not sent: {error:?}\n");
            stderr::get_stderr()
                .blocking_write_and_flush(line.as_bytes())
                .map_err(drop)?;
            return Err(());
        }
        let line = format!("sent to {topic}\n");
        stdout::get_stdout()
            .blocking_write_and_flush(line.as_bytes())
            .map_err(drop)
    }
}

fn send(topic: &str, words: &[String]) -> Result<(), Error> {
    let out = Client::connect("default")?;
    words
        .iter()
        .try_for_each(|word| producer::send(&out, topic, Message::new(word.as_bytes())))
}
