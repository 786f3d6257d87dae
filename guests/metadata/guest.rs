//! Metadata is an ordered list in which a key may stand more than once.
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        // The host sends these, in this order.
        expect(&message, &[("a", "1"), ("b", "2"), ("a", "3")]);
        rules();

        // What the host sees of it: the changed list.
        message.remove_metadata("b");
        message.add_metadata("c", "é");
        producer::send(&Client::connect("default")?, "out", message)
    }
}

fn rules() {
    let made = Message::new(b"");
    assert_eq!(made.metadata(), None);
    made.remove_metadata("a"); // sets nothing
    assert_eq!(made.metadata(), None);
    made.add_metadata("a", "1");
    made.add_metadata("b", "");
    made.add_metadata("A", "2");
    expect(&made, &[("a", "1"), ("b", ""), ("A", "2")]);

    // Adding replaces every pair of the key; the new one stands where the first stood.
    set(&made, &[("z", "0"), ("a", "1"), ("b", "2"), ("a", "3")]);
    expect(&made, &[("z", "0"), ("a", "1"), ("b", "2"), ("a", "3")]);
    made.add_metadata("a", "4");
    expect(&made, &[("z", "0"), ("a", "4"), ("b", "2")]);

    // Removing removes every pair of the key, and nothing if there is none.
    set(&made, &[("a", "1"), ("b", "2"), ("a", "3")]);
    made.remove_metadata("a");
    expect(&made, &[("b", "2")]);
    made.remove_metadata("a");
    expect(&made, &[("b", "2")]);

    // Set to an empty list is not the same as never set.
    made.set_metadata(&[]);
    expect(&made, &[]);

    // A key may be empty; removing the last pair leaves an empty list, too.
    made.add_metadata("", "é");
    expect(&made, &[("", "é")]);
    made.remove_metadata("");
    expect(&made, &[]);
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect()
}

fn set(message: &Message, pairs: &[(&str, &str)]) {
    message.set_metadata(&owned(pairs));
}

fn expect(message: &Message, pairs: &[(&str, &str)]) {
    assert_eq!(message.metadata(), Some(owned(pairs)));
}
