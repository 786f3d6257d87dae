//! A message in the guest's hands: what it starts with, and that setters set.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        new_message();
        every_byte();

        // What arrived may be changed, too: this is the guest's copy.
        assert_eq!(message.topic().as_deref(), Some("in"));
        assert_eq!(message.content_type().as_deref(), Some("text/plain"));
        message.set_data(b"changed");
        assert_eq!(message.data(), b"changed");
        assert_eq!(message.topic().as_deref(), Some("in"));

        // … and sent on as it is, without a copy.
        producer::send(&Client::connect("default")?, "out", message)
    }
}

fn new_message() {
    let made = Message::new(b"first\0\xff");
    assert_eq!(made.topic(), None);
    assert_eq!(made.content_type(), None);
    assert_eq!(made.metadata(), None);
    assert_eq!(made.data(), b"first\0\xff");

    made.set_data(b"");
    assert_eq!(made.data(), b"");
    made.set_data(b"second");
    assert_eq!(made.data(), b"second");
    assert_eq!(made.data(), b"second");

    made.set_content_type("text/plain");
    made.set_content_type("text/csv");
    assert_eq!(made.content_type().as_deref(), Some("text/csv"));
    made.set_content_type(""); // not the same as never set
    assert_eq!(made.content_type().as_deref(), Some(""));
    assert_eq!(made.topic(), None);
}

fn every_byte() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(Message::new(&bytes).data(), bytes);
}
