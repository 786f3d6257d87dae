//! `wasi:messaging/producer`.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Client, Held};
use crate::bindings::producer::Host;
use crate::bindings::types::Error;
use crate::event::Event;
use crate::state::State;

impl Host for State {
    async fn send(
        &mut self,
        client: Resource<Client>,
        topic: String,
        message: Resource<Held>,
    ) -> Result<Result<(), Error>> {
        let mut message = self.take(message)?.message;
        let client = match self.client(&client)? {
            Ok(client) => client,
            Err(failure) => return Ok(Err(failure.into())),
        };
        message.topic = Some(topic);
        let asked = self.ask(|operation, handling| Event::Send {
            operation,
            handling,
            client,
            message,
        })?;
        Ok(asked.await.nothing().map_err(Error::from))
    }
}
