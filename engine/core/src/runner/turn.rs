//! One turn. A panic in it is contained and costs no more than the handling it struck.

use std::time::{Duration, Instant};

use super::Runner;
use crate::event::{Answer, ComponentId, Event, OperationId};
use crate::handling::contain;
use crate::hub::Arrival;
use crate::pool::Waiting;

/// After this time a turn starts nothing more, so that the caller's loop stays responsive.
const BUDGET: Duration = Duration::from_millis(2);

/// After this time a turn that has something to tell starts nothing more either: an answer that comes at
/// once then finds a guest whose memory is still in the processor's cache, and few instances are needed.
const BATCH: Duration = Duration::from_micros(100);

impl Runner {
    /// Takes in what came, runs guests for a while, gives out what they did.
    pub(crate) fn turn(
        &mut self,
        work: impl IntoIterator<Item = (ComponentId, Waiting)>,
        answers: impl IntoIterator<Item = (OperationId, Answer)>,
    ) -> Vec<Event> {
        let workers = self.workers.clone();
        let _context = workers.enter();
        let arrivals = self.hub.begin();
        let now = Instant::now();
        for Arrival { slot, run } in arrivals {
            self.contained(|runner| runner.finish(slot, run));
        }
        if self.alarm.is_some_and(|alarm| alarm <= now) {
            self.contained(|runner| {
                runner.expire(now);
                runner.report_dropped_lines(now);
            });
        }
        for (operation, answer) in answers {
            self.contained(|runner| runner.answer(operation, answer));
        }
        for (component, waiting) in work {
            self.contained(|runner| runner.enqueue(component, waiting));
        }
        self.contained(|runner| runner.run(now));
        self.contained(|runner| {
            runner.alarm = runner.next_alarm();
            runner.ticker.set_alarm(runner.alarm);
        });
        self.hub.end()
    }

    fn contained(&mut self, action: impl FnOnce(&mut Self)) {
        self.current = None;
        if let Err(outcome) = contain(|| action(self))
            && let Some(index) = self.current.take()
        {
            let _ = contain(|| self.stop(index, outcome));
        }
    }

    /// Lets guests run that can, until none is left or it is time to hear the caller.
    fn run(&mut self, began: Instant) {
        let mut now = Instant::now();
        loop {
            if let Some(index) = self.ready.pop_front() {
                self.poll(index);
            } else if let Some(component) = self.startable.pop_front() {
                self.start(component, now);
            } else {
                return;
            }
            now = Instant::now();
            let spent = now - began;
            if spent >= BUDGET || (spent >= BATCH && self.hub.has_events()) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Wake, Waker};
    use std::{env, fs, process};

    use tokio::runtime::Builder;

    use super::*;
    use crate::component::Component;
    use crate::event::Outcome;
    use crate::handling::{Guest, Work};
    use crate::hub::Hub;
    use crate::options::LoadOptions;
    use crate::pool::Pool;
    use crate::port::Port;
    use crate::slots::Slot;
    use crate::ticker::Ticker;

    struct Bomb;

    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    fn component() -> Arc<Component> {
        let folder = env::temp_dir().join(format!("wasi-messaging-turn-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (source, artifact) = (folder.join("a.wasm"), folder.join("a.cwasm"));
        let zoo = include_str!("../../tests/guests/zoo.wat");
        fs::write(&source, crate::parse_text(zoo).unwrap()).unwrap();
        crate::compile(&source, &artifact, crate::CompileOptions::default()).unwrap();
        let options = LoadOptions {
            instances: 1,
            deadline: None,
            ..LoadOptions::default()
        };
        let component = Component::load(1, &artifact, options).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        Arc::new(component)
    }

    #[test]
    fn a_panic_costs_one_handling_and_nothing_else() {
        let runtime = Builder::new_multi_thread().build().unwrap();
        let hub = Arc::new(Hub::new().unwrap());
        let ticker = Arc::new(Ticker::start(Arc::clone(&hub)).unwrap());
        let mut runner = Runner::new(Arc::clone(&hub), ticker, runtime.handle().clone());
        let component = component();
        runner.add(Pool::new(Arc::clone(&component), None));
        let port = Arc::new(Port::new(Arc::clone(&hub), runner.ticker.clock()));
        port.assign(7, 0, None);
        let mut asked = 0;
        let mut ask = Box::pin(port.ask(|operation, handling| {
            asked = operation;
            let client = "default".into();
            Event::Connect {
                operation,
                handling,
                client,
            }
        }));
        let bomb = Waker::from(Arc::new(Bomb));
        assert!(
            ask.as_mut()
                .poll(&mut Context::from_waker(&bomb))
                .is_pending()
        );
        let guest = Guest::new(Arc::clone(&component), Arc::clone(&port), None, Work::Start);
        runner.slots.insert(Slot {
            handling: 7,
            component,
            port: Arc::clone(&port),
            deadline: None,
            guest: Some(guest),
            timed: false,
        });

        let waiting = Waiting {
            handling: 8,
            work: Work::Start,
        };
        let events = runner.turn([(2, waiting)], [(asked, Answer::Done)]);
        let outcome = |id| {
            events.iter().find_map(|event| match event {
                Event::Done { handling, outcome } if *handling == id => Some(outcome),
                _ => None,
            })
        };
        let panicked = Outcome::Engine("the engine panicked: on purpose".into());
        assert_eq!(outcome(7), Some(&panicked));
        assert_eq!(
            outcome(8),
            Some(&Outcome::Engine("there is no component 2".into()))
        );
        assert!(runner.turn([], []).is_empty());
    }
}
