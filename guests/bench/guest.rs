//! The handler of the benchmarks: everything an ordinary handler does with a message, on a client
//! that is kept, and nothing else.
use std::sync::OnceLock;

use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

static OUT: OnceLock<Client> = OnceLock::new();

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        let out = match OUT.get() {
            Some(out) => out,
            None => {
                let client = Client::connect("default")?;
                OUT.get_or_init(|| client)
            }
        };
        message.topic();
        let copy = Message::new(&message.data());
        copy.set_content_type("application/json");
        copy.add_metadata("k", "v");
        drop(message);
        producer::send(out, "out", copy)
    }
}
