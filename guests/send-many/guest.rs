//! Sends as many messages as the body says, numbered from 0, to "out".
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        let count: u64 = String::from_utf8(message.data()).unwrap().parse().unwrap();
        let out = Client::connect("default")?;
        for number in 0..count {
            producer::send(&out, "out", Message::new(number.to_string().as_bytes()))?;
        }
        Ok(())
    }
}
