//! The handlings under way, each in a slot of its own.

use std::sync::Arc;
use std::time::Instant;

use crate::component::Component;
use crate::deadlines::Timed;
use crate::event::{ComponentId, HandlingId};
use crate::handling::Guest;
use crate::port::Port;

/// A handling under way.
pub(crate) struct Slot {
    pub(crate) handling: HandlingId,
    pub(crate) component: Arc<Component>,
    pub(crate) port: Arc<Port>,
    pub(crate) deadline: Option<Instant>,
    /// None while it is on a worker thread.
    pub(crate) guest: Option<Guest>,
    /// Whether its deadline is among those of the component.
    pub(crate) timed: bool,
}

/// A slab: slots are reused, so their number stays that of handlings under way at a time.
#[derive(Default)]
pub(crate) struct Slots {
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
}

impl Slots {
    /// Where the next one will be.
    pub(crate) fn next(&self) -> usize {
        self.free.last().copied().unwrap_or(self.slots.len())
    }

    /// Puts one where [`next`](Self::next) said.
    pub(crate) fn insert(&mut self, slot: Slot) {
        match self.free.pop() {
            Some(index) => self.slots[index] = Some(slot),
            None => self.slots.push(Some(slot)),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index)?.as_mut()
    }

    pub(crate) fn remove(&mut self, index: usize) -> Option<Slot> {
        let slot = self.slots.get_mut(index)?.take()?;
        self.free.push(index);
        Some(slot)
    }

    pub(crate) fn find(&self, handling: HandlingId) -> Option<usize> {
        let is_it = |slot: &Option<Slot>| slot.as_ref().is_some_and(|s| s.handling == handling);
        self.slots.iter().position(is_it)
    }

    pub(crate) fn of_component(&self, id: ComponentId) -> Vec<usize> {
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.as_ref().is_some_and(|slot| slot.component.id == id))
            .map(|(index, _)| index)
            .collect()
    }

    pub(crate) fn all(&self) -> Vec<usize> {
        let slots = self.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.is_some())
            .map(|(index, _)| index)
            .collect()
    }

    /// Whether a deadline is still that of a handling that waits here.
    pub(crate) fn awaits(&self, timed: &Timed) -> bool {
        self.get(timed.slot)
            .is_some_and(|slot| slot.guest.is_some() && slot.deadline == Some(timed.at))
    }
}
