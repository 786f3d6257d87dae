//! One instance's line to the runner: what it asks, what it is answered, when it must stop.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::event::{Answer, Event, HandlingId, OperationId};
use crate::hub::{Hub, lock};
use crate::ticker::Clock;

/// A guest runs for at least one tick and less than this many before it yields.
const SLICE_TICKS: u64 = 2;

/// Lives as long as its instance; [`assign`](Self::assign) says which handling it serves now.
pub(crate) struct Port {
    hub: Arc<Hub>,
    clock: Arc<Clock>,
    slice_began: AtomicU64,
    woken: AtomicBool,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    handling: Option<HandlingId>,
    slot: usize,
    deadline: Option<Instant>,
    waiting: Option<OperationId>,
    answer: Option<Answer>,
    /// Who waits for the answer.
    asker: Option<Waker>,
    /// The task on a worker thread, once the handling is one.
    task: Option<Waker>,
    stop: bool,
}

impl Port {
    pub(crate) fn new(hub: Arc<Hub>, clock: Arc<Clock>) -> Self {
        Self {
            hub,
            clock,
            slice_began: AtomicU64::new(0),
            woken: AtomicBool::new(false),
            line: Mutex::default(),
        }
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Begins to serve a handling, which has this slot and this deadline.
    pub(crate) fn assign(&self, handling: HandlingId, slot: usize, deadline: Option<Instant>) {
        *lock(&self.line) = Line {
            handling: Some(handling),
            slot,
            deadline,
            ..Line::default()
        };
    }

    pub(crate) fn handling(&self) -> Option<HandlingId> {
        lock(&self.line).handling
    }

    /// How long the handling may go on; none: as long as it likes.
    pub(crate) fn left(&self) -> Option<Duration> {
        let deadline = lock(&self.line).deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// Says what the guest wants, and waits for the answer.
    pub(crate) fn ask(&self, event: impl FnOnce(OperationId, HandlingId) -> Event) -> Ask<'_> {
        let mut line = lock(&self.line);
        let operation = self.hub.operation(line.slot);
        line.waiting = Some(operation);
        line.answer = None;
        self.hub
            .push(event(operation, line.handling.unwrap_or_default()));
        Ask(self)
    }

    /// Gives the answer to an operation; false if nobody waits for it any more.
    pub(crate) fn answer(&self, operation: OperationId, answer: Answer) -> bool {
        let mut line = lock(&self.line);
        if line.waiting != Some(operation) || line.answer.is_some() {
            return false;
        }
        line.answer = Some(answer);
        let asker = line.asker.take();
        drop(line);
        if let Some(asker) = asker {
            asker.wake();
        }
        true
    }

    /// Whether the guest waits for the outside.
    pub(crate) fn waits(&self) -> bool {
        lock(&self.line).waiting.is_some()
    }

    /// Asks a handling on a worker thread to end.
    pub(crate) fn stop(&self) {
        let mut line = lock(&self.line);
        line.stop = true;
        if let Some(task) = line.task.take() {
            drop(line);
            task.wake();
        }
    }

    /// Whether [`stop`](Self::stop) was called; if not, it will wake `task`.
    pub(crate) fn stopped(&self, task: &Waker) -> bool {
        let mut line = lock(&self.line);
        if !line.stop {
            line.task = Some(task.clone());
        }
        line.stop
    }

    /// The guest is about to run.
    pub(crate) fn begin_slice(&self) {
        self.clock.touch();
        self.slice_began.store(self.clock.now(), Ordering::Relaxed);
        self.woken.store(false, Ordering::Relaxed);
    }

    /// Whether the guest ran long enough for once.
    pub(crate) fn slice_is_over(&self) -> bool {
        let began = self.slice_began.load(Ordering::Relaxed);
        self.clock.now().saturating_sub(began) >= SLICE_TICKS
    }

    /// Whether something woke the guest while it was polled on the caller's thread.
    pub(crate) fn take_woken(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}

/// As the waker of a guest that is polled on the caller's thread.
impl Wake for Port {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
    }
}

/// An operation under way.
pub(crate) struct Ask<'a>(&'a Port);

/// The guest's end while it waits must not leave the waker behind: on the caller's thread that is the
/// port itself, which would keep itself for ever, and the hub with it.
impl Drop for Ask<'_> {
    fn drop(&mut self) {
        let asker = lock(&self.0.line).asker.take();
        drop(asker);
    }
}

impl Future for Ask<'_> {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let mut line = lock(&self.0.line);
        match line.answer.take() {
            Some(answer) => {
                line.waiting = None;
                Poll::Ready(answer)
            }
            None => {
                line.asker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_nobody_answers_keeps_nothing() {
        let hub = Arc::new(Hub::new().unwrap());
        let port = Arc::new(Port::new(Arc::clone(&hub), Arc::default()));
        let waker = Waker::from(Arc::clone(&port));
        let mut ask = port.ask(|operation, handling| Event::Connect {
            operation,
            handling,
            client: "default".into(),
        });
        let polled = Pin::new(&mut ask).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        drop((ask, waker));
        assert_eq!(Arc::strong_count(&port), 1);
        drop(port);
        assert_eq!(Arc::strong_count(&hub), 1);
    }
}
