//! How many lines a component may write in a second.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::hub::lock;

const WINDOW: Duration = Duration::from_secs(1);

/// Admits so many lines a second and counts the others.
///
/// The count comes out soon, and not too often: at the end of the handling that was the first to lose
/// a line in this second, and then once the second is over.
pub(crate) struct Quota {
    limit: u64,
    window: Mutex<Window>,
}

struct Window {
    began: Instant,
    admitted: u64,
    dropped: u64,
    reported: bool,
}

/// Whether a line may come out, and how many did not before it.
pub(crate) struct Admission {
    pub(crate) granted: bool,
    pub(crate) report: Option<u64>,
}

impl Quota {
    pub(crate) fn new(limit: u64) -> Self {
        let window = Mutex::new(Window::new(Instant::now()));
        Self { limit, window }
    }

    /// Counts one line.
    pub(crate) fn admit(&self) -> Admission {
        let mut window = lock(&self.window);
        let report = window.turn_over(Instant::now());
        let granted = window.admitted < self.limit;
        if granted {
            window.admitted += 1;
        } else {
            window.dropped += 1;
        }
        Admission { granted, report }
    }

    /// Lines left out in this second, the first time in it.
    pub(crate) fn report_early(&self) -> Option<u64> {
        let mut window = lock(&self.window);
        if window.dropped == 0 || window.reported {
            return None;
        }
        window.reported = true;
        window.take_dropped()
    }

    /// Lines left out in a second that is over.
    pub(crate) fn report_late(&self, now: Instant) -> Option<u64> {
        lock(&self.window).turn_over(now)
    }

    /// Lines left out and not yet reported.
    pub(crate) fn report_last(&self) -> Option<u64> {
        lock(&self.window).take_dropped()
    }

    /// When the next report is due, if there is something to report.
    pub(crate) fn due(&self) -> Option<Instant> {
        let window = lock(&self.window);
        (window.dropped > 0).then_some(window.began + WINDOW)
    }
}

impl Window {
    fn new(began: Instant) -> Self {
        Self {
            began,
            admitted: 0,
            dropped: 0,
            reported: false,
        }
    }

    /// Begins a new second if this one is over; returns what was left out in it.
    fn turn_over(&mut self, now: Instant) -> Option<u64> {
        if now < self.began + WINDOW {
            return None;
        }
        let dropped = self.take_dropped();
        *self = Self::new(now);
        dropped
    }

    fn take_dropped(&mut self) -> Option<u64> {
        match std::mem::take(&mut self.dropped) {
            0 => None,
            count => Some(count),
        }
    }
}
