//! One running copy of a component.

use std::sync::Arc;

use wasmtime::{Engine, Store, UpdateDeadline};

use crate::bindings::{MessagingRequestReply, MessagingRequestReplyPre};
use crate::event::Outcome;
use crate::host::Held;
use crate::limits::MAX_HANDLES;
use crate::message::Message;
use crate::port::Port;
use crate::state::State;
use crate::trap;

/// A guest that keeps more handles than this is given up after a handling that went well, long before
/// it would trap for want of handles: garbage collected languages drop theirs late.
const MANY_HANDLES: usize = MAX_HANDLES / 2;

/// The same for what it keeps in the host: more than this part of its memory limit.
const MUCH: usize = 4;

/// Handles one message at a time. What the guest keeps in its memory, and its handles, persist from
/// one to the next.
pub(crate) struct Instance {
    store: Store<State>,
    handler: MessagingRequestReply,
    handled: u64,
}

impl Instance {
    pub(crate) async fn start(
        pre: &MessagingRequestReplyPre<State>,
        name: &str,
        memory: usize,
        state: State,
    ) -> Result<Self, Outcome> {
        let mut store = new_store(pre.engine(), memory, state);
        match pre.instantiate_async(&mut store).await {
            Ok(handler) => Ok(Self {
                store,
                handler,
                handled: 0,
            }),
            Err(error) => Err(trap::while_starting(&error, name, store.data_mut())),
        }
    }

    pub(crate) async fn handle(&mut self, message: Message) -> Outcome {
        self.handled += 1;
        self.store.data_mut().begin();
        match self.call(message).await {
            Ok(outcome) => {
                self.store.data_mut().flush();
                outcome
            }
            Err(error) => trap::while_running(&error, self.store.data_mut()),
        }
    }

    async fn call(&mut self, message: Message) -> wasmtime::Result<Outcome> {
        let state = self.store.data_mut();
        let delivered = state.port.handling();
        let message = state.push(Held { message, delivered })?;
        let handler = self.handler.wasi_messaging_incoming_handler();
        let result = handler.call_handle(&mut self.store, message).await?;
        Ok(match result {
            Ok(()) => Outcome::Ok,
            Err(error) => Outcome::Failed(error.into()),
        })
    }

    pub(crate) fn port(&self) -> Arc<Port> {
        Arc::clone(&self.store.data().port)
    }

    /// Whether it should handle another message, after it handled one well.
    pub(crate) fn is_reusable(&self, max_messages: Option<u64>) -> bool {
        max_messages.is_none_or(|max| self.handled < max)
            && self.store.data().handles() <= MANY_HANDLES
            && !self.store.data().limiter.keeps_more_than(MUCH)
    }
}

/// A store whose guest yields when its slice is over and lives within its limits.
pub(crate) fn new_store(engine: &Engine, memory: usize, state: State) -> Store<State> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(memory);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|call| {
        Ok(if call.data().port.slice_is_over() {
            UpdateDeadline::Yield(1)
        } else {
            UpdateDeadline::Continue(1)
        })
    });
    store
}
