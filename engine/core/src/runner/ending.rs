//! How handlings end.

use super::Runner;
use crate::event::{ComponentId, Event, HandlingId, Outcome};
use crate::handling::Run;
use crate::hub::Arrival;
use crate::pool::Waiting;

impl Runner {
    /// Ends a handling, wherever it is.
    pub(crate) fn cancel(&mut self, handling: HandlingId) {
        for pool in self.pools.values_mut() {
            let is_it = |waiting: &Waiting| waiting.handling == handling;
            if let Some(index) = pool.waiting.iter().position(is_it) {
                pool.waiting.remove(index);
                return self.done(handling, Outcome::Cancelled);
            }
        }
        if let Some(index) = self.slots.find(handling) {
            self.stop(index, Outcome::Cancelled);
        }
    }

    /// Forgets a component and ends what it does.
    pub(crate) fn remove(&mut self, component: ComponentId) {
        let workers = self.workers.clone();
        let _context = workers.enter();
        let Some(mut pool) = self.pools.remove(&component) else {
            return;
        };
        for waiting in pool.waiting.drain(..) {
            self.done(waiting.handling, Outcome::Cancelled);
        }
        for index in self.slots.of_component(component) {
            self.stop(index, Outcome::Cancelled);
        }
        let dropped = pool.component.quota.report_last();
        self.report(component, dropped);
    }

    pub(crate) fn remove_all(&mut self) {
        let components: Vec<_> = self.pools.keys().copied().collect();
        components.into_iter().for_each(|id| self.remove(id));
    }

    /// Ends every handling that is left, also those that worker threads did not give back.
    pub(crate) fn end_all(&mut self) {
        let workers = self.workers.clone();
        let _context = workers.enter();
        for Arrival { slot, run } in self.hub.take_arrivals() {
            self.finish(slot, run);
        }
        for index in self.slots.all() {
            self.finish(index, Run::without_instance(Outcome::Cancelled));
        }
    }

    /// Ends the guest of a slot: at once if it is here, else as soon as its worker thread sees to it.
    pub(super) fn stop(&mut self, index: usize, outcome: Outcome) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        match slot.guest.take() {
            Some(guest) => {
                let workers = self.workers.clone();
                let _context = workers.enter();
                guest.discard();
                self.finish(index, Run::without_instance(outcome));
            }
            None => slot.port.stop(),
        }
    }

    pub(super) fn finish(&mut self, index: usize, run: Run) {
        let Some(slot) = self.slots.remove(index) else {
            return;
        };
        self.done(slot.handling, run.outcome);
        let component = slot.component.id;
        if let Some(pool) = self.pools.get_mut(&component) {
            pool.give_back(run.instance);
            self.schedule(component);
        }
    }

    pub(super) fn done(&self, handling: HandlingId, outcome: Outcome) {
        self.hub.push(Event::Done { handling, outcome });
    }
}
