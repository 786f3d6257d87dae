//! Sends ten copies of every message to "out", on a client that is kept.
use std::sync::OnceLock;

use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

const COPIES: usize = 10;
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
        let body = message.data();
        for _ in 0..COPIES {
            producer::send(out, "out", Message::new(&body))?;
        }
        Ok(())
    }
}
