//! Sends a copy of every message to "out"; a message on "fail" is refused.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        let topic = message.topic();
        if topic.as_deref() == Some("fail") {
            return Err(Error::Other("asked to fail".into()));
        }
        let copy = Message::new(&message.data());
        if let Some(content_type) = message.content_type() {
            copy.set_content_type(&content_type);
        }
        if let Some(metadata) = message.metadata() {
            copy.set_metadata(&metadata);
        }
        if let Some(topic) = topic {
            copy.add_metadata("from", &topic);
        }
        producer::send(&Client::connect("default")?, "out", copy)
    }
}
