//! `wasi:messaging/types.client`.

use std::sync::Arc;

use wasmtime::Result;
use wasmtime::component::Resource;

use crate::bindings::types::{Error, HostClient};
use crate::event::{Event, Failure};
use crate::state::{Kept, State};

/// A guest's handle to a client. The connection behind it is the caller's, and shared.
#[allow(unreachable_pub, reason = "`bindgen!` exports it again")]
pub struct Client {
    name: Arc<str>,
    connected: bool,
}

impl Kept for Client {
    fn size(&self) -> usize {
        self.name.len()
    }
}

impl State {
    /// The name of a client that a guest wants to use; an error if it disconnected it before.
    pub(super) fn client(&self, client: &Resource<Client>) -> Result<Result<Arc<str>, Failure>> {
        let client = self.table.get(client)?;
        Ok(if client.connected {
            Ok(Arc::clone(&client.name))
        } else {
            let text = format!("client \"{}\" is disconnected", client.name);
            Err(Failure::Connection(text))
        })
    }
}

impl HostClient for State {
    async fn connect(&mut self, name: String) -> Result<Result<Resource<Client>, Error>> {
        let name: Arc<str> = name.into();
        let asked = self.ask(|operation, handling| Event::Connect {
            operation,
            handling,
            client: Arc::clone(&name),
        })?;
        if let Err(failure) = asked.await.nothing() {
            return Ok(Err(failure.into()));
        }
        let connected = true;
        self.push(Client { name, connected }).map(Ok)
    }

    fn disconnect(&mut self, client: Resource<Client>) -> Result<Result<(), Error>> {
        if let Err(failure) = self.client(&client)? {
            return Ok(Err(failure.into()));
        }
        self.table.get_mut(&client)?.connected = false;
        Ok(Ok(()))
    }

    fn drop(&mut self, client: Resource<Client>) -> Result<()> {
        self.take(client).map(drop)
    }
}
