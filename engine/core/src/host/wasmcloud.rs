//! `wasmcloud:messaging`, by means of what `wasi:messaging` is made of: its one client is the one that
//! components call `default`, a message's address for answers is one that only this host knows.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, LazyLock};

use wasmtime::Result;

use crate::bindings::wasmcloud::consumer::Host;
use crate::bindings::wasmcloud::types::{self, BrokerMessage};
use crate::event::{Event, Failure, HandlingId, RequestOptions};
use crate::message::Message;
use crate::state::State;

const CLIENT: &str = "default";
/// Begins the address for answers to a message. What is published to it goes to no topic.
const REPLY: &str = "wasi-messaging.reply.";
/// A part of the addresses of this process: handlings have the same numbers in another one, which may
/// be given an address of this one in a message.
static PROCESS: LazyLock<String> = LazyLock::new(random_part);

/// A message as its handler sees it: without content type and metadata, which the interface has not.
pub(crate) fn incoming(message: Message, state: &State) -> BrokerMessage {
    BrokerMessage {
        subject: message.topic.unwrap_or_default(),
        body: message.data.into(),
        reply_to: state.port.handling().map(address),
    }
}

fn address(handling: HandlingId) -> String {
    format!("{REPLY}{}.{handling}", *PROCESS)
}

/// The standard library's hashes have a random key.
fn random_part() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn outgoing(topic: Option<String>, body: Vec<u8>) -> Message {
    Message {
        topic,
        data: body.into(),
        ..Message::default()
    }
}

/// What went wrong, in the interface's only form for it.
fn words(failure: Failure) -> String {
    match failure {
        Failure::Timeout => "timeout".into(),
        Failure::Connection(text) => format!("connection: {text}"),
        Failure::PermissionDenied(text) => format!("permission-denied: {text}"),
        Failure::Other(text) => format!("other: {text}"),
    }
}

impl types::Host for State {}

impl Host for State {
    async fn publish(&mut self, message: BrokerMessage) -> Result<Result<(), String>> {
        let BrokerMessage {
            subject,
            body,
            reply_to,
        } = message;
        if let Some(reply_to) = reply_to {
            return Ok(Err(format!(
                "other: this host cannot send a message with a reply-to ({reply_to:?}): leave it \
                 out, or call `request`, which gives the answer itself"
            )));
        }
        let asked = if subject.starts_with(REPLY) {
            if self.port.handling().map(address).as_ref() != Some(&subject) {
                return Ok(Err(not_handled(&subject)));
            }
            self.ask(|operation, handling| Event::Reply {
                operation,
                handling,
                message: outgoing(None, body),
            })?
        } else {
            self.ask(|operation, handling| Event::Send {
                operation,
                handling,
                client: Arc::from(CLIENT),
                message: outgoing(Some(subject), body),
            })?
        };
        Ok(asked.await.nothing().map_err(words))
    }

    async fn request(
        &mut self,
        subject: String,
        body: Vec<u8>,
        timeout_ms: u32,
    ) -> Result<Result<BrokerMessage, String>> {
        if subject.starts_with(REPLY) {
            return Ok(Err(format!(
                "other: {subject} takes an answer, by `publish`, and no request"
            )));
        }
        let options = RequestOptions {
            timeout_ms: Some(timeout_ms),
            expected: Some(1),
        };
        let message = outgoing(Some(subject), body);
        let asked = self.ask_for_replies(Arc::from(CLIENT), message, options)?;
        Ok(match asked.await.replies() {
            Ok(replies) => match replies.into_iter().next() {
                Some(reply) => Ok(BrokerMessage {
                    subject: reply.topic.unwrap_or_default(),
                    body: reply.data.into(),
                    reply_to: None,
                }),
                None => Err("other: the host gave no answer".into()),
            },
            Err(failure) => Err(words(failure)),
        })
    }
}

fn not_handled(subject: &str) -> String {
    format!("other: {subject} is not the reply-to of the message that is being handled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_this_process() {
        assert_eq!(address(7), format!("{REPLY}{}.7", *PROCESS));
        assert_eq!(PROCESS.len(), 16);
        assert_ne!(random_part(), random_part());
    }
}
