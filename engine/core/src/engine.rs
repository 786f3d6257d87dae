//! The engine as its caller sees it.

use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::component::Component;
use crate::error::{Error, Result};
use crate::event::{Answer, ComponentId, Event, HandlingId, OperationId, Outcome};
use crate::handling::{Guest, Run, Work, contain};
use crate::hub::{Hub, lock};
use crate::instance::Instance;
use crate::message::Message;
use crate::options::LoadOptions;
use crate::pool::{Pool, Statistics, Waiting};
use crate::port::Port;
use crate::runner::Runner;
use crate::ticker::Ticker;
use crate::worker::Supervised;

/// Guests at work are given this long to notice that the engine closes.
const CLOSING: Duration = Duration::from_secs(1);
/// How much lower the priority of worker threads is: about a third of the share of the caller's loop.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;
/// After so many slices a worker thread looks at its timers.
const EVENT_INTERVAL: u32 = 4;

/// Runs components. [`turn`](Self::turn) is for the caller's loop, everything else for any thread.
pub struct Engine {
    hub: Arc<Hub>,
    ticker: Arc<Ticker>,
    workers: Handle,
    next_component: AtomicU64,
    /// None once closed.
    open: Mutex<Option<Open>>,
}

struct Open {
    runner: Runner,
    runtime: Runtime,
}

/// A message for a component.
#[derive(Debug)]
pub struct Handling {
    /// Which component handles it.
    pub component: ComponentId,
    /// The caller's number for it.
    pub handling: HandlingId,
    /// What is handled.
    pub message: Message,
}

impl Engine {
    /// An engine with this many threads for guests that run for longer than a moment.
    ///
    /// # Errors
    ///
    /// The operating system gives no threads or no pipe.
    pub fn new(worker_threads: usize) -> Result<Self> {
        let failed = |error| Error::Io("cannot start the engine".into(), error);
        let hub = Arc::new(Hub::new().map_err(failed)?);
        let ticker = Arc::new(Ticker::start(Arc::clone(&hub)).map_err(failed)?);
        let runtime = Builder::new_multi_thread()
            .worker_threads(worker_threads.max(1))
            .thread_name("wasi-messaging-worker")
            .on_thread_start(give_way)
            .event_interval(EVENT_INTERVAL)
            .enable_all()
            .build()
            .map_err(failed)?;
        let workers = runtime.handle().clone();
        let runner = Runner::new(Arc::clone(&hub), Arc::clone(&ticker), workers.clone());
        Ok(Self {
            hub,
            ticker,
            workers,
            next_component: AtomicU64::new(1),
            open: Mutex::new(Some(Open { runner, runtime })),
        })
    }

    /// Readable when [`turn`](Self::turn) should be called though the caller has nothing to hand in.
    #[must_use]
    pub fn wake_fd(&self) -> BorrowedFd<'_> {
        self.hub.bell()
    }

    /// Loads a compiled component. An instance is made at once, to see whether it can start, and kept
    /// unless every message gets a fresh one.
    ///
    /// # Errors
    ///
    /// The artifact is none, or of another version; the component imports what there is not; its
    /// instance does not start.
    pub fn load(&self, artifact: &Path, options: LoadOptions) -> Result<ComponentId> {
        self.with_runner(|_| ())?;
        let id = self.next_component.fetch_add(1, Ordering::Relaxed);
        let component = Arc::new(Component::load(id, artifact, options)?);
        self.ticker.add(component.engine());
        let first = match component.is_handler() {
            true => self.try_start(&component)?,
            false => None,
        };
        self.with_runner(|runner| runner.add(Pool::new(component, first)))?;
        Ok(id)
    }

    /// Forgets a component. What it is doing is cancelled.
    pub fn unload(&self, component: ComponentId) {
        let _ = self.with_runner(|runner| runner.remove(component));
    }

    /// Hands in messages and answers, runs guests for a few milliseconds at most, takes out events.
    ///
    /// Once the engine is closed, every message is done with an engine's failure.
    pub fn turn(
        &self,
        handlings: Vec<Handling>,
        answers: Vec<(OperationId, Answer)>,
    ) -> Vec<Event> {
        let work = handlings.into_iter().map(|handling| {
            let waiting = Waiting {
                handling: handling.handling,
                work: Work::Message(handling.message),
            };
            (handling.component, waiting)
        });
        match &mut *lock(&self.open) {
            Some(open) => open.runner.turn(work, answers),
            None => {
                self.hub.begin();
                work.for_each(|(_, waiting)| self.refuse(&waiting));
                self.hub.end()
            }
        }
    }

    /// Whether [`turn`](Self::turn) stopped early and should be called again soon.
    #[must_use]
    pub fn pending(&self) -> bool {
        self.with_runner(|runner| runner.pending()).unwrap_or(false)
    }

    /// Runs a component as a command, on a worker thread and with the standard streams of this
    /// process.
    ///
    /// # Errors
    ///
    /// The engine is closed.
    pub fn run_command(
        &self,
        component: ComponentId,
        handling: HandlingId,
        arguments: Vec<String>,
    ) -> Result<()> {
        let work = Work::Command(arguments);
        self.with_runner(|runner| runner.enqueue(component, Waiting { handling, work }))?;
        self.hub.ring();
        Ok(())
    }

    /// Stops a handling, if it is still under way.
    pub fn cancel(&self, handling: HandlingId) {
        let _ = self.with_runner(|runner| runner.cancel(handling));
    }

    /// Numbers about a component; none if there is no such component.
    #[must_use]
    pub fn statistics(&self, component: ComponentId) -> Option<Statistics> {
        self.with_runner(|runner| runner.statistics(component))
            .ok()
            .flatten()
    }

    /// Drops all guests and stops the worker threads. Every handling ends; a turn afterwards gives the
    /// events that are left.
    pub fn close(&self) {
        let open = lock(&self.open).take();
        if let Some(Open {
            mut runner,
            runtime,
        }) = open
        {
            runner.remove_all();
            runtime.shutdown_timeout(CLOSING);
            runner.end_all();
        }
    }

    fn with_runner<T>(&self, action: impl FnOnce(&mut Runner) -> T) -> Result<T> {
        match &mut *lock(&self.open) {
            Some(open) => Ok(action(&mut open.runner)),
            None => Err(Error::failure("the engine is closed")),
        }
    }

    fn refuse(&self, waiting: &Waiting) {
        self.hub.push(Event::Done {
            handling: waiting.handling,
            outcome: Outcome::Engine("the engine is closed".into()),
        });
    }

    /// Makes an instance on this thread. The deadline of handlings applies.
    fn try_start(&self, component: &Arc<Component>) -> Result<Option<Instance>> {
        let port = Arc::new(Port::new(Arc::clone(&self.hub), self.ticker.clock()));
        let guest = Guest::new(Arc::clone(component), Arc::clone(&port), None, Work::Start);
        let supervised = Supervised {
            guest,
            port,
            component: Arc::clone(component),
            deadline: component.deadline_from(Instant::now()),
        };
        // It panics if the engine is closed meanwhile.
        let run = contain(|| self.workers.block_on(supervised.run()))
            .unwrap_or_else(Run::without_instance);
        match run.outcome {
            Outcome::Ok => Ok(run.instance),
            outcome => Err(start_failure(&component.options.name, outcome)),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// Guests that run for long leave the processor to those that do not, and to the caller's loop.
fn give_way() {
    // Elsewhere a priority is the whole process's.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

fn start_failure(name: &str, outcome: Outcome) -> Error {
    let text = match outcome {
        Outcome::Engine(text) => return Error::Failure(text),
        Outcome::Trap(crash) | Outcome::Limit(crash) => {
            let details = crash.stderr.into_iter().chain(crash.backtrace);
            let lines: Vec<_> = std::iter::once(crash.text).chain(details).collect();
            lines.join("\n  ")
        }
        Outcome::Deadline(text) => text,
        other => format!("{other:?}"),
    };
    Error::Failure(format!("{name} does not start: {text}"))
}
