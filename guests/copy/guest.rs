//! Sends a plain copy of each message, its body alone, to "out", on a client that is kept.
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
        producer::send(out, "out", Message::new(&message.data()))
    }
}
