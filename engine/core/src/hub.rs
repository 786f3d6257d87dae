//! The queue between guests and the caller's loop, and the bell that wakes that loop.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{io, mem};

use crate::event::{Event, OperationId};
use crate::handling::Run;

/// Slots take the low bits of an operation's number, so that an answer finds its slot at once.
const SLOT_BITS: u32 = 20;
/// As many handlings can be under way at a time.
pub(crate) const MAX_SLOTS: usize = 1 << SLOT_BITS;

/// Locks, also after a panic elsewhere: what these locks guard is whole between two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handling that ended on a worker thread.
pub(crate) struct Arrival {
    pub(crate) slot: usize,
    pub(crate) run: Run,
}

/// Collects what guests do, on whatever thread, until the caller takes it.
///
/// While the caller is in [`begin`](Self::begin) … [`end`](Self::end) nobody rings: it will look
/// anyway. Outside, the first to push rings, so that a batch costs one wake-up.
pub(crate) struct Hub {
    queue: Mutex<Queue>,
    operations: AtomicU64,
    bell: UnixStream,
    clapper: UnixStream,
}

#[derive(Default)]
struct Queue {
    events: Vec<Event>,
    arrivals: Vec<Arrival>,
    in_turn: bool,
    rung: bool,
    /// Somebody rang while the caller was in a turn.
    again: bool,
}

impl Hub {
    pub(crate) fn new() -> io::Result<Self> {
        let (bell, clapper) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        clapper.set_nonblocking(true)?;
        Ok(Self {
            queue: Mutex::default(),
            operations: AtomicU64::new(1),
            bell,
            clapper,
        })
    }

    /// Readable when there is something to take.
    pub(crate) fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub(crate) fn push(&self, event: Event) {
        let mut queue = lock(&self.queue);
        queue.events.push(event);
        self.ring_if_alone(&mut queue);
    }

    pub(crate) fn arrive(&self, arrival: Arrival) {
        let mut queue = lock(&self.queue);
        queue.arrivals.push(arrival);
        self.ring_if_alone(&mut queue);
    }

    /// Whether there is something for the caller.
    pub(crate) fn has_events(&self) -> bool {
        !lock(&self.queue).events.is_empty()
    }

    /// Makes the caller look, though there is no event; once more if it is looking just now.
    pub(crate) fn ring(&self) {
        let mut queue = lock(&self.queue);
        queue.again = queue.in_turn;
        self.ring_if_alone(&mut queue);
    }

    /// The caller looks: silences the bell and gives what ended on worker threads.
    pub(crate) fn begin(&self) -> Vec<Arrival> {
        let mut queue = lock(&self.queue);
        queue.in_turn = true;
        if mem::take(&mut queue.rung) {
            self.silence();
        }
        mem::take(&mut queue.arrivals)
    }

    /// The caller leaves with all events; what ended meanwhile rings for the next time.
    pub(crate) fn end(&self) -> Vec<Event> {
        let mut queue = lock(&self.queue);
        queue.in_turn = false;
        if mem::take(&mut queue.again) || !queue.arrivals.is_empty() {
            self.ring_if_alone(&mut queue);
        }
        mem::take(&mut queue.events)
    }

    /// What ended on worker threads, without a turn.
    pub(crate) fn take_arrivals(&self) -> Vec<Arrival> {
        mem::take(&mut lock(&self.queue).arrivals)
    }

    /// A number that no operation had before, and that names its slot.
    pub(crate) fn operation(&self, slot: usize) -> OperationId {
        let sequence = self.operations.fetch_add(1, Ordering::Relaxed);
        sequence << SLOT_BITS | slot as u64
    }

    /// Which slot an operation belongs to.
    pub(crate) fn slot(operation: OperationId) -> usize {
        (operation & (MAX_SLOTS as u64 - 1)) as usize
    }

    fn ring_if_alone(&self, queue: &mut Queue) {
        if !queue.in_turn && !mem::replace(&mut queue.rung, true) {
            // A full pipe rings as well, and there is nobody to tell of anything else.
            let _ = (&self.clapper).write(&[1]);
        }
    }

    fn silence(&self) {
        let mut buffer = [0; 64];
        loop {
            match (&self.bell).read(&mut buffer) {
                Ok(count) if count == buffer.len() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_rung(hub: &Hub) -> bool {
        (&hub.bell).read(&mut [0; 64]).is_ok()
    }

    #[test]
    fn a_ring_within_a_turn_is_heard_after_it() {
        let hub = Hub::new().unwrap();
        hub.begin();
        hub.ring();
        assert!(!is_rung(&hub));
        hub.end();
        assert!(is_rung(&hub));
    }

    #[test]
    fn events_of_a_turn_do_not_ring() {
        let hub = Hub::new().unwrap();
        hub.begin();
        let outcome = crate::Outcome::Ok;
        hub.push(Event::Done {
            handling: 1,
            outcome,
        });
        assert_eq!(hub.end().len(), 1);
        assert!(!is_rung(&hub));
    }

    #[test]
    fn many_rings_are_one() {
        let hub = Hub::new().unwrap();
        hub.ring();
        hub.ring();
        assert!(is_rung(&hub));
        assert!(!is_rung(&hub));
    }
}
