//! The interface's functions, as guests call them.

mod client;
pub(crate) mod config;
mod files;
pub(crate) mod http;
mod message;
pub(crate) mod network;
mod producer;
mod request_reply;
pub(crate) mod wasmcloud;

use wasmtime::component::{HasSelf, Linker};

#[allow(unreachable_pub, reason = "`bindgen!` exports it again")]
pub use self::client::Client;
#[allow(unreachable_pub, reason = "`bindgen!` exports it again")]
pub use self::message::Held;

use crate::bindings::{self, MessagingRequestReply, types};
use crate::event::Failure;
use crate::state::State;

/// Gives guests everything they may import; HTTP, which is large, only where it is wanted.
pub(crate) fn add_to_linker(linker: &mut Linker<State>, with_http: bool) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    files::add_to_linker(linker)?;
    network::add_to_linker(linker)?;
    config::add_to_linker(linker)?;
    if with_http {
        http::add_to_linker(linker)?;
    }
    bindings::wasmcloud::consumer::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    MessagingRequestReply::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    message::add_data_without_copy(linker)
}

impl types::Host for State {}

impl From<Failure> for types::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::Connection(text) => Self::Connection(text),
            Failure::PermissionDenied(text) => Self::PermissionDenied(text),
            Failure::Other(text) => Self::Other(text),
        }
    }
}

impl From<types::Error> for Failure {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::Timeout => Self::Timeout,
            types::Error::Connection(text) => Self::Connection(text),
            types::Error::PermissionDenied(text) => Self::PermissionDenied(text),
            types::Error::Other(text) => Self::Other(text),
        }
    }
}
