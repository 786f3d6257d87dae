//! Runs guests on the caller's thread, turn by turn.

mod due;
mod ending;
mod turn;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::runtime::Handle;

use crate::event::{Answer, ComponentId, OperationId, Outcome};
use crate::handling::{Guest, Work};
use crate::hub::{Arrival, Hub};
use crate::instance::Instance;
use crate::pool::{Pool, Statistics, Waiting};
use crate::port::Port;
use crate::slots::{Slot, Slots};
use crate::ticker::Ticker;
use crate::worker::Supervised;

/// Knows all components and all handlings. Belongs to one thread at a time.
///
/// A handling is polled here from its start on, and is here as long as it only ever waits for an
/// operation. Once it is pending for another reason, it goes to the worker threads for good and comes
/// back as an [`Arrival`].
pub(crate) struct Runner {
    hub: Arc<Hub>,
    ticker: Arc<Ticker>,
    workers: Handle,
    pools: BTreeMap<ComponentId, Pool>,
    slots: Slots,
    /// Slots whose operation was answered.
    ready: VecDeque<usize>,
    /// Components that have work and an instance for it, or room for one.
    startable: VecDeque<ComponentId>,
    /// Nothing is due before this.
    alarm: Option<Instant>,
    /// The slot whose guest is being attended to: the one to end if that panics.
    current: Option<usize>,
}

impl Runner {
    pub(crate) fn new(hub: Arc<Hub>, ticker: Arc<Ticker>, workers: Handle) -> Self {
        Self {
            hub,
            ticker,
            workers,
            pools: BTreeMap::new(),
            slots: Slots::default(),
            ready: VecDeque::new(),
            startable: VecDeque::new(),
            alarm: None,
            current: None,
        }
    }

    pub(crate) fn add(&mut self, pool: Pool) {
        self.pools.insert(pool.component.id, pool);
    }

    pub(crate) fn statistics(&self, component: ComponentId) -> Option<Statistics> {
        self.pools.get(&component).map(Pool::statistics)
    }

    /// Whether a turn stopped before all was done that can be done now.
    pub(crate) fn pending(&self) -> bool {
        !self.ready.is_empty() || !self.startable.is_empty()
    }

    /// Adds work, to be done when its turn comes.
    pub(crate) fn enqueue(&mut self, component: ComponentId, waiting: Waiting) {
        match self.pools.get_mut(&component) {
            Some(pool) => {
                pool.waiting.push_back(waiting);
                self.schedule(component);
            }
            None => {
                let text = format!("there is no component {component}");
                self.done(waiting.handling, Outcome::Engine(text));
            }
        }
    }

    fn answer(&mut self, operation: OperationId, answer: Answer) {
        let index = Hub::slot(operation);
        let Some(slot) = self.slots.get(index) else {
            return;
        };
        self.current = Some(index);
        let here = slot.guest.is_some();
        if slot.port.answer(operation, answer) && here {
            self.ready.push_back(index);
        }
    }

    fn schedule(&mut self, component: ComponentId) {
        if let Some(pool) = self.pools.get_mut(&component)
            && !pool.scheduled
            && pool.can_start()
        {
            pool.scheduled = true;
            self.startable.push_back(component);
        }
    }

    /// Starts one piece of a component's work; its next one is after those of other components.
    fn start(&mut self, component: ComponentId, now: Instant) {
        let Some(pool) = self.pools.get_mut(&component) else {
            return;
        };
        pool.scheduled = false;
        if let Some((waiting, instance)) = pool.take() {
            self.begin(component, waiting, instance, now);
            self.schedule(component);
        }
    }

    fn begin(
        &mut self,
        component: ComponentId,
        Waiting { handling, work }: Waiting,
        instance: Option<Instance>,
        now: Instant,
    ) {
        let component = Arc::clone(&self.pools[&component].component);
        let index = self.slots.next();
        let port = match &instance {
            Some(instance) => instance.port(),
            None => Arc::new(Port::new(Arc::clone(&self.hub), self.ticker.clock())),
        };
        let deadline = component.deadline_from(now);
        port.assign(handling, index, deadline);
        let here = !matches!(work, Work::Command(_));
        let guest = Guest::new(Arc::clone(&component), Arc::clone(&port), instance, work);
        self.slots.insert(Slot {
            handling,
            deadline,
            component,
            port,
            guest: Some(guest),
            timed: false,
        });
        if here {
            self.poll(index);
        } else {
            self.move_to_worker(index);
        }
    }

    /// Lets the guest of a slot run until it ends, waits for an operation, or goes to a worker thread.
    fn poll(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        let Some(guest) = &mut slot.guest else {
            return;
        };
        self.current = Some(index);
        let waker = Waker::from(Arc::clone(&slot.port));
        slot.port.begin_slice();
        loop {
            match guest.poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(run) => return self.finish(index, run),
                Poll::Pending if slot.port.waits() => return self.set_deadline(index),
                Poll::Pending if slot.port.take_woken() && !slot.port.slice_is_over() => {}
                Poll::Pending => return self.move_to_worker(index),
            }
        }
    }

    fn move_to_worker(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        let Some(guest) = slot.guest.take() else {
            return;
        };
        let supervised = Supervised {
            guest,
            port: Arc::clone(&slot.port),
            component: Arc::clone(&slot.component),
            deadline: slot.deadline,
        };
        let hub = Arc::clone(&self.hub);
        self.workers.spawn(async move {
            let run = supervised.run().await;
            hub.arrive(Arrival { slot: index, run });
        });
    }
}
