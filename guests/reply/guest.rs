//! Replies to every message with its body.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::request_reply::reply;
use crate::bindings::wasi::messaging::types::{Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        reply(&message, Message::new(&message.data()))
    }
}
