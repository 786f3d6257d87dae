//! Says why on standard error and panics, which traps, unless the topic is "fine".
use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::cli::stderr::get_stderr;
use crate::bindings::wasi::messaging::types::{Error, Message};

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Result<(), Error> {
        if message.topic().as_deref() != Some("fine") {
            let stream = get_stderr();
            for line in ["first words\n", "last words\n"] {
                stream.blocking_write_and_flush(line.as_bytes()).unwrap();
            }
            panic!("nobody sees these words: this target has no standard error of its own");
        }
        Ok(())
    }
}
