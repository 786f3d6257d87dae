//! `wasi:messaging/request-reply`.

use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Client, Held};
use crate::bindings::request_reply::{Host, HostRequestOptions};
use crate::bindings::types::Error;
use crate::event::{Event, RequestOptions};
use crate::message::Message;
use crate::state::{Kept, State};

impl Kept for RequestOptions {
    fn size(&self) -> usize {
        0
    }
}

impl State {
    /// The options belong to the request: they are gone afterwards.
    fn take_options(
        &mut self,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<RequestOptions> {
        match options {
            Some(options) => self.take(options),
            None => Ok(RequestOptions::default()),
        }
    }

    /// Whether this is the message being handled, and not one of the guest's own, a reply, or one
    /// that it kept from an earlier handling.
    fn is_handled(&self, message: &Resource<Held>) -> Result<bool> {
        let delivered = self.table.get(message)?.delivered;
        Ok(delivered.is_some() && delivered == self.port.handling())
    }

    fn push_replies(&mut self, replies: Vec<Message>) -> Result<Vec<Resource<Held>>> {
        let held = replies.into_iter().map(|message| {
            let delivered = None;
            self.push(Held { message, delivered })
        });
        held.collect()
    }
}

impl Host for State {
    async fn request(
        &mut self,
        client: Resource<Client>,
        topic: String,
        message: Resource<Held>,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<Result<Vec<Resource<Held>>, Error>> {
        let mut message = self.table.get(&message)?.message.clone();
        let options = self.take_options(options)?;
        let client = match self.client(&client)? {
            Ok(client) => client,
            Err(failure) => return Ok(Err(failure.into())),
        };
        message.topic = Some(topic);
        let asked = self.ask(|operation, handling| Event::Request {
            operation,
            handling,
            client,
            message,
            options,
        })?;
        match asked.await.replies() {
            Ok(replies) => self.push_replies(replies).map(Ok),
            Err(failure) => Ok(Err(failure.into())),
        }
    }

    async fn reply(
        &mut self,
        to: Resource<Held>,
        message: Resource<Held>,
    ) -> Result<Result<(), Error>> {
        let message = self.take(message)?.message;
        if !self.is_handled(&to)? {
            return Ok(Ok(()));
        }
        let asked = self.ask(|operation, handling| Event::Reply {
            operation,
            handling,
            message,
        })?;
        Ok(asked.await.nothing().map_err(Error::from))
    }
}

impl HostRequestOptions for State {
    fn new(&mut self) -> Result<Resource<RequestOptions>> {
        self.push(RequestOptions::default())
    }

    fn set_timeout_ms(&mut self, options: Resource<RequestOptions>, ms: u32) -> Result<()> {
        self.table.get_mut(&options)?.timeout_ms = Some(ms);
        Ok(())
    }

    fn set_expected_replies(
        &mut self,
        options: Resource<RequestOptions>,
        expected: u32,
    ) -> Result<()> {
        self.table.get_mut(&options)?.expected = Some(expected);
        Ok(())
    }

    fn drop(&mut self, options: Resource<RequestOptions>) -> Result<()> {
        self.take(options).map(drop)
    }
}
