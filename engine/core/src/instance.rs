//! One running copy of a component.

use std::sync::Arc;

use wasmtime::{Engine, Store, UpdateDeadline};

use crate::event::Outcome;
use crate::handler::{Handler, HandlerPre};
use crate::message::Message;
use crate::port::Port;
use crate::state::State;
use crate::trap;

/// A guest that keeps more than this part of the handles it may have is given up after a handling that
/// went well, long before it would trap for want of handles: garbage collected languages drop theirs
/// late.
const MANY_HANDLES: usize = 2;

/// The same for what it keeps in the host, of its memory limit.
const MUCH: usize = 4;

/// Handles one message at a time. What the guest keeps in its memory, and its handles, persist from
/// one to the next.
pub(crate) struct Instance {
    store: Store<State>,
    handler: Handler,
    handled: u64,
}

impl Instance {
    pub(crate) async fn start(pre: &HandlerPre, name: &str, state: State) -> Result<Self, Outcome> {
        let mut store = new_store(pre.engine(), state);
        match pre.instantiate(&mut store).await {
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
        refuel(&mut self.store);
        self.handler.call(&mut self.store, message).await
    }

    pub(crate) fn port(&self) -> Arc<Port> {
        Arc::clone(&self.store.data().port)
    }

    /// Whether it should handle another message, after it handled one well.
    pub(crate) fn is_reusable(&self, max_messages: Option<u64>) -> bool {
        let state = self.store.data();
        max_messages.is_none_or(|max| self.handled < max)
            && state.handles() <= state.limiter.limits().handles / MANY_HANDLES
            && !state.limiter.keeps_more_than(MUCH)
    }
}

/// A store whose guest yields when its slice is over and lives within its limits.
pub(crate) fn new_store(engine: &Engine, state: State) -> Store<State> {
    let limits = *state.limiter.limits();
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.memory);
    // Wasmtime's own count has the guest's own resources in it, and those lent twice: it gets so much
    // room that for those of the host it is the state's table that is full first.
    let handles = store.max_component_handles();
    store.set_max_component_handles(handles.saturating_add(limits.handles.saturating_mul(2)));
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|call| {
        Ok(if call.data().port.slice_is_over() {
            UpdateDeadline::Yield(1)
        } else {
            UpdateDeadline::Continue(1)
        })
    });
    refuel(&mut store);
    store
}

/// Gives the guest all the fuel that it may use up until this is called again.
pub(crate) fn refuel(store: &mut Store<State>) {
    if let Some(fuel) = store.data().limiter.limits().fuel {
        let set = store.set_fuel(fuel);
        debug_assert!(set.is_ok(), "the code counts fuel: loading saw to that");
    }
}
