//! What is due at a certain time: deadlines, and reports of lines that were left out.

use std::time::Instant;

use super::Runner;
use crate::deadlines::Timed;
use crate::event::{ComponentId, Event, Stream};
use crate::journal::dropped_text;

impl Runner {
    pub(super) fn set_deadline(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        let id = slot.component.id;
        let first_time = !std::mem::replace(&mut slot.timed, true);
        if let Some(at) = slot.deadline.filter(|_| first_time)
            && let Some(pool) = self.pools.get_mut(&id)
        {
            let running = pool.running();
            let slots = &self.slots;
            let timed = Timed { at, slot: index };
            pool.deadlines
                .push(timed, running, |timed| slots.awaits(timed));
        }
    }

    /// Ends the handlings here whose deadline passed.
    pub(super) fn expire(&mut self, now: Instant) {
        let components: Vec<_> = self.pools.keys().copied().collect();
        for component in components {
            while let Some(timed) = self.first_deadline(component).filter(|t| t.at <= now) {
                let outcome = self.pools[&component].component.deadline_outcome();
                self.stop(timed.slot, outcome);
            }
        }
    }

    pub(super) fn first_deadline(&mut self, component: ComponentId) -> Option<Timed> {
        let slots = &self.slots;
        let pool = self.pools.get_mut(&component)?;
        pool.deadlines.first(|timed| slots.awaits(timed))
    }

    /// When the next turn must be at the latest.
    pub(super) fn next_alarm(&mut self) -> Option<Instant> {
        let slots = &self.slots;
        let pools = self.pools.values_mut();
        pools
            .filter_map(|pool| {
                let deadline = pool.deadlines.first(|timed| slots.awaits(timed));
                let report = pool.component.quota.due();
                [deadline.map(|timed| timed.at), report]
                    .into_iter()
                    .flatten()
                    .min()
            })
            .min()
    }

    pub(super) fn report_dropped_lines(&self, now: Instant) {
        for pool in self.pools.values() {
            self.report(pool.component.id, pool.component.quota.report_late(now));
        }
    }

    pub(super) fn report(&self, component: ComponentId, dropped: Option<u64>) {
        if let Some(count) = dropped {
            self.hub.push(Event::Log {
                component,
                handling: None,
                stream: Stream::Dropped,
                line: dropped_text(count),
            });
        }
    }
}
