//! `wasi:messaging/request-reply`.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::Result;
use wasmtime::component::Resource;

use super::{Client, Held};
use crate::bindings::request_reply::{Host, HostRequestOptions};
use crate::bindings::types::Error;
use crate::event::{Event, RequestOptions};
use crate::message::Message;
use crate::port::Ask;
use crate::state::{Kept, State};

const TOO_LATE: &str = "a reply is possible only while its message is handled; this one was kept \
    from an earlier handling";

/// The part of what is left of a handling that a guest has after a request, to act on its timeout; and
/// no more than this.
const MARGIN: u32 = 10;
const MAX_MARGIN: Duration = Duration::from_secs(1);

/// How long a request may take, in milliseconds, so that it ends before its handling does.
fn within(timeout_ms: Option<u32>, left: Option<Duration>) -> Option<u32> {
    let Some(left) = left else {
        return timeout_ms;
    };
    let left = left - (left / MARGIN).min(MAX_MARGIN);
    let left = u32::try_from(left.as_millis()).unwrap_or(u32::MAX);
    Some(timeout_ms.map_or(left, |timeout| timeout.min(left)))
}

/// To whose handling a message belongs.
enum Whose {
    ThisHandlings,
    AnEarlierOnes,
    Nobodys,
}

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

    /// Whether a message can be answered; one of the guest's own, or a reply, has nobody who waits.
    fn whose(&self, message: &Resource<Held>) -> Result<Whose> {
        let delivered = self.table.get(message)?.delivered;
        Ok(match delivered {
            None => Whose::Nobodys,
            Some(_) if delivered == self.port.handling() => Whose::ThisHandlings,
            Some(_) => Whose::AnEarlierOnes,
        })
    }

    /// Asks on the message's topic, for as long as the guest wants and the handling has left.
    pub(super) fn ask_for_replies(
        &self,
        client: Arc<str>,
        message: Message,
        mut options: RequestOptions,
    ) -> Result<Ask<'_>> {
        options.timeout_ms = within(options.timeout_ms, self.port.left());
        self.ask(|operation, handling| Event::Request {
            operation,
            handling,
            client,
            message,
            options,
        })
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
        let asked = self.ask_for_replies(client, message, options)?;
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
        match self.whose(&to)? {
            Whose::ThisHandlings => {}
            Whose::Nobodys => return Ok(Ok(())),
            Whose::AnEarlierOnes => return Ok(Err(Error::Other(TOO_LATE.into()))),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_before_its_handling() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(within(None, None), None);
        assert_eq!(within(Some(250), None), Some(250));
        assert_eq!(within(Some(250), seconds(30)), Some(250));
        assert_eq!(within(None, seconds(30)), Some(29_000));
        assert_eq!(within(Some(u32::MAX), seconds(2)), Some(1_800));
        assert_eq!(within(None, seconds(1 << 40)), Some(u32::MAX));
        assert_eq!(within(None, Some(Duration::ZERO)), Some(0));
    }
}
