//! Parses a JSON event, sums up its readings, changes some fields, and sends it to "out".
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

pub struct Component;

const HIGH: i64 = 1000;
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
        let mut event: Map<String, Value> = serde_json::from_slice(&message.data())
            .map_err(|flaw| Error::Other(flaw.to_string()))?;
        let readings = event["readings"].as_array().ok_or_else(no_event)?;
        let total: i64 = readings
            .iter()
            .filter_map(|reading| reading["value"].as_i64())
            .sum();
        let sequence = event["sequence"].as_i64().ok_or_else(no_event)?;
        event.insert("total".into(), total.into());
        let status = if total > HIGH { "high" } else { "normal" };
        event.insert("status".into(), status.into());
        event.insert("sequence".into(), (sequence + 1).into());
        event.remove("debug");
        let body = serde_json::to_vec(&event).map_err(|flaw| Error::Other(flaw.to_string()))?;
        producer::send(out, "out", Message::new(&body))
    }
}

fn no_event() -> Error {
    Error::Other("this is no event".into())
}
