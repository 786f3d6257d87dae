//! When the handlings that wait on the caller's thread must have ended.

use std::collections::VecDeque;
use std::time::Instant;

/// Entries that may be stale before they are looked for.
const SLACK: usize = 64;

/// One deadline. It is stale once its slot is empty or has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    pub(crate) at: Instant,
    pub(crate) slot: usize,
}

/// The deadlines of one component in the order of their times, since they are all equally long.
///
/// Ending a handling costs nothing here: its entry is stale then, and goes when it comes to the front
/// or when stale entries abound.
#[derive(Default)]
pub(crate) struct Deadlines(VecDeque<Timed>);

impl Deadlines {
    /// Adds one; `live` tells which are not stale, of which there are at most `count`.
    pub(crate) fn push(&mut self, timed: Timed, count: usize, live: impl Fn(&Timed) -> bool) {
        if self.0.len() > 2 * count + SLACK {
            self.0.retain(live);
        }
        self.0.push_back(timed);
    }

    /// The earliest that is not stale.
    pub(crate) fn first(&mut self, live: impl Fn(&Timed) -> bool) -> Option<Timed> {
        while let Some(timed) = self.0.front() {
            if live(timed) {
                return Some(*timed);
            }
            self.0.pop_front();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn stale_entries_do_not_pile_up() {
        let mut deadlines = Deadlines::default();
        let start = Instant::now();
        let live = |timed: &Timed| timed.slot == 0;
        for slot in 0..10_000 {
            let at = start + Duration::from_micros(slot as u64);
            deadlines.push(Timed { at, slot }, 1, live);
        }
        assert!(deadlines.0.len() < 100, "{}", deadlines.0.len());
        let first = Timed { at: start, slot: 0 };
        assert_eq!(deadlines.first(live), Some(first));
        assert_eq!(deadlines.first(|_| false), None);
    }
}
