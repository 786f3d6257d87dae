//! Sends a body of as many bytes as the body it got says; one over the limit fails with error.other.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        let size = String::from_utf8(message.data()).unwrap().parse().unwrap();
        let body = vec![b'x'; size];
        let big = Message::new(b"small");
        big.set_data(&body);
        assert!(big.data() == body);
        producer::send(&Client::connect("default")?, "out", big)
    }
}
