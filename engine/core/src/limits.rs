//! How much one instance may take.

use std::mem;

use wasmtime::ResourceLimiter;

/// What one instance may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of all its memories together, and once more of what it keeps in the host: the messages
    /// and clients it has handles to.
    pub(crate) memory: usize,
    /// Handles to resources of the host, at a time.
    pub(crate) handles: usize,
    /// Elements of all its tables together.
    pub(crate) table_elements: usize,
    /// Units of work for each handling.
    pub(crate) fuel: Option<u64>,
}

/// Counts what an instance takes, refuses what is too much, and remembers what it refused.
pub(crate) struct Limiter {
    limits: Limits,
    memory: Budget,
    kept: usize,
    table: Budget,
    refused: Option<String>,
}

struct Budget {
    limit: usize,
    taken: usize,
    last: usize,
}

impl Budget {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            taken: 0,
            last: 0,
        }
    }

    fn take(&mut self, current: usize, desired: usize) -> bool {
        let more = desired.saturating_sub(current);
        if more > self.limit.saturating_sub(self.taken) {
            return false;
        }
        self.taken += more;
        self.last = more;
        true
    }

    fn give_back(&mut self) {
        self.taken -= mem::take(&mut self.last);
    }
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            memory: Budget::new(limits.memory),
            kept: 0,
            table: Budget::new(limits.table_elements),
            refused: None,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Which limit was reached since this was last asked.
    pub(crate) fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }

    /// Whether a limit was reached since [`take_refused`](Self::take_refused).
    pub(crate) fn refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The guest has `after` bytes in the host where it had `before`.
    ///
    /// # Errors
    ///
    /// That is too much; the guest is to trap.
    pub(crate) fn keep(&mut self, before: usize, after: usize) -> wasmtime::Result<()> {
        self.kept = self.kept.saturating_sub(before).saturating_add(after);
        if self.kept <= self.limits.memory {
            return Ok(());
        }
        self.refused = Some(self.limits.memory_text());
        let size = human_size(self.kept);
        let text = format!("its live messages and clients would take {size}");
        Err(wasmtime::Error::msg(text))
    }

    /// Whether the guest keeps more in the host than this part of what it may.
    pub(crate) fn keeps_more_than(&self, part: usize) -> bool {
        self.kept > self.limits.memory / part
    }

    /// The guest has too many handles.
    pub(crate) fn refuse_handle(&mut self) {
        self.refused = Some(self.limits.handles_text());
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = self.memory.take(current, desired);
        if !granted {
            self.refused = Some(self.limits.memory_text());
        }
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.give_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = self.table.take(current, desired);
        if !granted {
            self.refused = Some(self.limits.table_text());
        }
        Ok(granted)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table.give_back();
        Ok(())
    }
}

impl Limits {
    fn memory_text(&self) -> String {
        format!("memory limit of {} reached", human_size(self.memory))
    }

    fn table_text(&self) -> String {
        format!("limit of {} table elements reached", self.table_elements)
    }

    pub(crate) fn handles_text(&self) -> String {
        format!("limit of {} live handles reached", self.handles)
    }

    pub(crate) fn fuel_text(&self) -> String {
        let fuel = self.fuel.unwrap_or_default();
        format!("limit of {fuel} units of fuel reached")
    }
}

/// A number of bytes in the unit people would use.
pub(crate) fn human_size(bytes: usize) -> String {
    const UNITS: [(&str, usize); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|unit| bytes >= unit.1) {
        Some((name, size)) if bytes.is_multiple_of(size) => format!("{} {name}", bytes / size),
        Some((name, size)) => format!("{:.1} {name}", bytes as f64 / size as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_memory(memory: usize) -> Limiter {
        Limiter::new(Limits {
            memory,
            handles: 10,
            table_elements: 100,
            fuel: None,
        })
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(human_size(64 << 20), "64 MiB");
        assert_eq!(human_size(3 << 29), "1.5 GiB");
        assert_eq!(human_size(65_536), "64 KiB");
        assert_eq!(human_size(12), "12 bytes");
    }

    #[test]
    fn memories_share_one_limit() {
        let mut limiter = with_memory(3 << 16);
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        assert!(!limiter.memory_growing(0, 2 << 16, None).unwrap());
        let refused = limiter.take_refused();
        assert_eq!(refused.as_deref(), Some("memory limit of 192 KiB reached"));
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
        assert_eq!(limiter.take_refused(), None);
    }

    #[test]
    fn what_is_kept_has_a_limit_of_its_own() {
        let mut limiter = with_memory(3 << 20);
        assert!(limiter.memory_growing(0, 3 << 20, None).unwrap());
        limiter.keep(0, 2 << 20).unwrap();
        assert!(limiter.keeps_more_than(2) && !limiter.keeps_more_than(1));
        limiter.keep(2 << 20, 3 << 20).unwrap();
        limiter.keep(1 << 20, 0).unwrap();
        let error = limiter.keep(0, 2 << 20).unwrap_err();
        let text = "its live messages and clients would take 4 MiB";
        assert_eq!(error.to_string(), text);
        let refused = limiter.take_refused();
        assert_eq!(refused.as_deref(), Some("memory limit of 3 MiB reached"));
    }

    #[test]
    fn tables_share_one_limit() {
        let mut limiter = with_memory(0);
        assert!(limiter.table_growing(0, 60, None).unwrap());
        assert!(!limiter.table_growing(0, 41, None).unwrap());
        let refused = limiter.take_refused();
        let text = "limit of 100 table elements reached";
        assert_eq!(refused.as_deref(), Some(text));
        assert!(limiter.table_growing(60, 100, None).unwrap());
    }

    #[test]
    fn failed_growth_is_given_back() {
        let mut limiter = with_memory(2 << 16);
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        let error = wasmtime::Error::msg("no memory");
        limiter.memory_grow_failed(error).unwrap();
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
    }
}
