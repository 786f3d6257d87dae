//! The function that a component exports to be given messages, in either interface.

use wasmtime::component::{Component, InstancePre};
use wasmtime::{Engine, Result, Store};

use crate::bindings::wasmcloud::{Messaging, MessagingPre};
use crate::bindings::{MessagingRequestReply, MessagingRequestReplyPre};
use crate::event::{Failure, Outcome};
use crate::host::{Held, wasmcloud};
use crate::message::Message;
use crate::state::State;

pub(crate) const HANDLER: &str = "wasi:messaging/incoming-handler@0.2.0-draft";
const WASMCLOUD_HANDLER: &str = "wasmcloud:messaging/handler@0.2.";

/// Makes instances that take messages.
pub(crate) enum HandlerPre {
    Wasi(MessagingRequestReplyPre<State>),
    Wasmcloud(MessagingPre<State>),
}

/// Of one instance.
pub(crate) enum Handler {
    Wasi(MessagingRequestReply),
    Wasmcloud(Messaging),
}

impl HandlerPre {
    /// None if the component takes no messages. One that exports both interfaces is given them by
    /// `wasi:messaging`.
    pub(crate) fn of(code: &Component, pre: &InstancePre<State>) -> Result<Option<Self>> {
        Ok(if exports(code, HANDLER) {
            Some(Self::Wasi(MessagingRequestReplyPre::new(pre.clone())?))
        } else if exports(code, WASMCLOUD_HANDLER) {
            Some(Self::Wasmcloud(MessagingPre::new(pre.clone())?))
        } else {
            None
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Self::Wasi(pre) => pre.engine(),
            Self::Wasmcloud(pre) => pre.engine(),
        }
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> Result<Handler> {
        Ok(match self {
            Self::Wasi(pre) => Handler::Wasi(pre.instantiate_async(store).await?),
            Self::Wasmcloud(pre) => Handler::Wasmcloud(pre.instantiate_async(store).await?),
        })
    }
}

impl Handler {
    /// Gives it a message, as that of the handling which the store's port serves.
    pub(crate) async fn call(&self, store: &mut Store<State>, message: Message) -> Result<Outcome> {
        let result = match self {
            Self::Wasi(handler) => {
                let state = store.data_mut();
                let delivered = state.port.handling();
                let message = state.push(Held { message, delivered })?;
                let handler = handler.wasi_messaging_incoming_handler();
                let result = handler.call_handle(store, message).await?;
                result.map_err(Failure::from)
            }
            Self::Wasmcloud(handler) => {
                let message = wasmcloud::incoming(message, store.data());
                let handler = handler.wasmcloud_messaging_handler();
                let result = handler.call_handle_message(store, &message).await?;
                result.map_err(Failure::Other)
            }
        };
        Ok(match result {
            Ok(()) => Outcome::Ok,
            Err(failure) => Outcome::Failed(failure),
        })
    }
}

/// Whether it exports an interface whose name begins so.
pub(crate) fn exports(code: &Component, prefix: &str) -> bool {
    let ty = code.component_type();
    let mut exports = ty.exports(code.engine());
    exports.any(|(name, _)| name.starts_with(prefix))
}
