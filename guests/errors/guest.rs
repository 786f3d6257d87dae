//! Returns the error that the topic names, with the body as its words.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::types::{Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        let words = String::from_utf8_lossy(&message.data()).into_owned();
        match message.topic().as_deref() {
            Some("timeout") => Err(Error::Timeout),
            Some("connection") => Err(Error::Connection(words)),
            Some("permission-denied") => Err(Error::PermissionDenied(words)),
            Some("other") => Err(Error::Other(words)),
            _ => Ok(()),
        }
    }
}
