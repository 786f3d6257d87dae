//! Guests that ran for too long to stay on the caller's thread.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::component::Component;
use crate::event::Outcome;
use crate::handling::{Guest, Run};
use crate::port::Port;

/// A guest with all that is needed to see it to its end on another thread.
pub(crate) struct Supervised {
    pub(crate) guest: Guest,
    pub(crate) port: Arc<Port>,
    pub(crate) component: Arc<Component>,
    pub(crate) deadline: Option<Instant>,
}

impl Supervised {
    /// Lets the guest run, slice after slice, until it ends, is stopped, or its deadline passes.
    pub(crate) async fn run(mut self) -> Run {
        let run = match self.deadline {
            Some(deadline) => {
                let guest = poll_fn(|cx| self.poll(cx));
                tokio::time::timeout_at(deadline.into(), guest).await.ok()
            }
            None => Some(poll_fn(|cx| self.poll(cx)).await),
        };
        self.guest.discard();
        run.unwrap_or_else(|| Run::without_instance(self.component.deadline_outcome()))
    }

    /// A guest that spins comes by here after every slice, so this looks at the time itself: the
    /// runtime's timers would be late when all workers are busy.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Run> {
        if self.port.stopped(cx.waker()) {
            return Poll::Ready(Run::without_instance(Outcome::Cancelled));
        }
        if self.deadline.is_some_and(|at| at <= Instant::now()) {
            let outcome = self.component.deadline_outcome();
            return Poll::Ready(Run::without_instance(outcome));
        }
        self.port.begin_slice();
        self.guest.poll(cx)
    }
}
