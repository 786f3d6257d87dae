//! The instances of one component, and the work that waits for them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::component::Component;
use crate::deadlines::Deadlines;
use crate::event::HandlingId;
use crate::handling::Work;
use crate::instance::Instance;

/// Work without an instance.
pub(crate) struct Waiting {
    pub(crate) handling: HandlingId,
    pub(crate) work: Work,
}

/// Never more instances alive than the component's options allow, be they idle, in use, or being
/// dropped on a worker thread.
pub(crate) struct Pool {
    pub(crate) component: Arc<Component>,
    pub(crate) waiting: VecDeque<Waiting>,
    pub(crate) deadlines: Deadlines,
    /// Whether it is among those the runner will start work of.
    pub(crate) scheduled: bool,
    idle: Vec<Instance>,
    alive: usize,
    running: usize,
    created: u64,
}

/// Numbers about a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Alive now.
    pub instances: usize,
    /// Of those, without work.
    pub idle: usize,
    /// Ever made.
    pub created: u64,
    /// Messages and commands without an instance.
    pub waiting: usize,
    /// Messages and commands under way.
    pub running: usize,
}

impl Pool {
    /// Begins with the instance that showed that the component can start, if it is to be kept.
    pub(crate) fn new(component: Arc<Component>, first: Option<Instance>) -> Self {
        let created = u64::from(component.is_handler());
        Self {
            component,
            waiting: VecDeque::new(),
            deadlines: Deadlines::default(),
            scheduled: false,
            alive: usize::from(first.is_some()),
            idle: Vec::from_iter(first),
            running: 0,
            created,
        }
    }

    /// Whether there is work, and an instance for it or room to make one.
    pub(crate) fn can_start(&self) -> bool {
        !self.waiting.is_empty()
            && (!self.idle.is_empty() || self.alive < self.component.options.instances)
    }

    /// The next piece of work, and an instance unless one is to be made. What makes room for a command
    /// is an idle instance less: a command always has one of its own.
    pub(crate) fn take(&mut self) -> Option<(Waiting, Option<Instance>)> {
        if !self.can_start() {
            return None;
        }
        let waiting = self.waiting.pop_front()?;
        let mut instance = self.idle.pop();
        if matches!(waiting.work, Work::Command(_)) && instance.take().is_some() {
            self.alive -= 1;
        }
        if instance.is_none() {
            self.alive += 1;
            self.created += 1;
        }
        self.running += 1;
        Some((waiting, instance))
    }

    /// Work is over. `None` if its instance is gone.
    pub(crate) fn give_back(&mut self, instance: Option<Instance>) {
        self.running -= 1;
        match instance {
            Some(instance) => self.idle.push(instance),
            None => self.alive -= 1,
        }
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            instances: self.alive,
            idle: self.idle.len(),
            created: self.created,
            waiting: self.waiting.len(),
            running: self.running,
        }
    }
}
