//! The thread that lets guests' epochs pass and keeps the caller's alarm.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use wasmtime::EngineWeak;

use crate::hub::{Hub, lock};

const TICK: Duration = Duration::from_millis(1);
/// After this many ticks in which no guest ran, the ticker sleeps.
const IDLE_TICKS: u64 = 100;
const NEVER: u64 = u64::MAX;

/// Counts milliseconds, roughly, and stands still while no guest runs.
#[derive(Default)]
pub(crate) struct Clock {
    ticks: AtomicU64,
    used: AtomicU64,
    asleep: AtomicBool,
    ticker: OnceLock<Thread>,
}

impl Clock {
    pub(crate) fn now(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// A guest is about to run: keeps the ticker awake, or wakes it.
    ///
    /// This says that the clock is used and then looks whether the ticker sleeps; the ticker does it
    /// the other way round, so that one of the two sees the other.
    pub(crate) fn touch(&self) {
        let now = self.now();
        if self.used.load(Ordering::Relaxed) != now {
            self.used.store(now, Ordering::SeqCst);
            self.wake();
        }
    }

    fn idle(&self) -> bool {
        let used = self.used.load(Ordering::SeqCst);
        self.now().saturating_sub(used) > IDLE_TICKS
    }

    fn wake(&self) {
        if self.asleep.load(Ordering::SeqCst)
            && let Some(ticker) = self.ticker.get()
        {
            ticker.unpark();
        }
    }
}

/// Increments the epoch of every engine once a millisecond, while any guest runs.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    clock: Arc<Clock>,
    hub: Arc<Hub>,
    engines: Mutex<Vec<EngineWeak>>,
    origin: Instant,
    /// Microseconds after `origin`, rounded up.
    alarm: AtomicU64,
    stop: AtomicBool,
}

impl Ticker {
    pub(crate) fn start(hub: Arc<Hub>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            clock: Arc::default(),
            hub,
            engines: Mutex::default(),
            origin: Instant::now(),
            alarm: AtomicU64::new(NEVER),
            stop: AtomicBool::new(false),
        });
        let ticking = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("wasi-messaging-ticker".into())
            .spawn(move || ticking.run())?;
        let _ = shared.clock.ticker.set(thread.thread().clone());
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    pub(crate) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.shared.clock)
    }

    /// From now on the epochs of this engine pass, until it is dropped.
    pub(crate) fn add(&self, engine: EngineWeak) {
        lock(&self.shared.engines).push(engine);
    }

    /// Rings the bell at `at`, once; replaces what was set before.
    pub(crate) fn set_alarm(&self, at: Option<Instant>) {
        let micros = at.map_or(NEVER, |at| {
            let after = at.saturating_duration_since(self.shared.origin);
            u64::try_from(after.as_micros() + 1).unwrap_or(NEVER)
        });
        let before = self.shared.alarm.swap(micros, Ordering::SeqCst);
        if micros < before {
            self.shared.clock.wake();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            self.tick();
            if self.clock.idle() {
                self.sleep();
            } else {
                thread::sleep(TICK);
            }
        }
    }

    fn tick(&self) {
        self.clock.ticks.fetch_add(1, Ordering::Relaxed);
        lock(&self.engines).retain(|engine| {
            let engine = engine.upgrade();
            if let Some(engine) = &engine {
                engine.increment_epoch();
            }
            engine.is_some()
        });
        self.ring_if_due(self.alarm.load(Ordering::SeqCst));
    }

    /// A turn may set another alarm meanwhile, which this leaves as it is.
    fn ring_if_due(&self, alarm: u64) {
        let due = self.until(alarm).is_zero();
        let (set, order) = (NEVER, Ordering::SeqCst);
        if due
            && self
                .alarm
                .compare_exchange(alarm, set, order, order)
                .is_ok()
        {
            self.hub.ring();
        }
    }

    /// Until the alarm, or until a guest runs.
    fn sleep(&self) {
        self.clock.asleep.store(true, Ordering::SeqCst);
        if self.clock.idle() && !self.stop.load(Ordering::SeqCst) {
            let alarm = self.alarm.load(Ordering::SeqCst);
            thread::park_timeout(self.until(alarm));
        }
        self.clock.asleep.store(false, Ordering::SeqCst);
    }

    fn until(&self, alarm: u64) -> Duration {
        Duration::from_micros(alarm).saturating_sub(self.origin.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_set_meanwhile_is_kept() {
        let shared = Shared {
            clock: Arc::default(),
            hub: Arc::new(Hub::new().unwrap()),
            engines: Mutex::default(),
            origin: Instant::now(),
            alarm: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        };
        let seen = shared.alarm.load(Ordering::SeqCst);
        shared.alarm.store(5, Ordering::SeqCst);
        shared.ring_if_due(seen);
        assert_eq!(shared.alarm.load(Ordering::SeqCst), 5);
        thread::sleep(Duration::from_millis(1));
        shared.ring_if_due(5);
        assert_eq!(shared.alarm.load(Ordering::SeqCst), NEVER);
    }
}
