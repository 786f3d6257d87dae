//! How much one instance may take.

use std::mem;

use wasmtime::ResourceLimiter;

/// Handles to resources of the host that one instance may hold at a time.
pub(crate) const MAX_HANDLES: usize = 10_000;
/// Elements of all tables of one instance together.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 1_000_000;

/// Counts what an instance takes, refuses what is too much, and remembers what it refused.
///
/// The memory limit is for all memories of the instance together, and once more for what it keeps in
/// the host: the messages and clients it has handles to.
pub(crate) struct Limiter {
    memory: Budget,
    kept: Kept,
    table: Budget,
    refused: Option<String>,
}

struct Kept {
    limit: usize,
    bytes: usize,
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
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            memory: Budget::new(memory),
            kept: Kept {
                limit: memory,
                bytes: 0,
            },
            table: Budget::new(MAX_TABLE_ELEMENTS),
            refused: None,
        }
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
        self.kept.bytes = self.kept.bytes.saturating_sub(before).saturating_add(after);
        if self.kept.bytes <= self.kept.limit {
            return Ok(());
        }
        self.refused = Some(memory_text(self.kept.limit));
        let size = human_size(self.kept.bytes);
        let text = format!("its live messages and clients would take {size}");
        Err(wasmtime::Error::msg(text))
    }

    /// Whether the guest keeps more in the host than this part of what it may.
    pub(crate) fn keeps_more_than(&self, part: usize) -> bool {
        self.kept.bytes > self.kept.limit / part
    }

    /// The guest has too many handles.
    pub(crate) fn refuse_handle(&mut self) {
        self.refused = Some(handles_text());
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
            self.refused = Some(memory_text(self.memory.limit));
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
            let limit = self.table.limit;
            self.refused = Some(format!("limit of {limit} table elements reached"));
        }
        Ok(granted)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table.give_back();
        Ok(())
    }
}

fn memory_text(limit: usize) -> String {
    format!("memory limit of {} reached", human_size(limit))
}

pub(crate) fn handles_text() -> String {
    format!("limit of {MAX_HANDLES} live handles reached")
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

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(human_size(64 << 20), "64 MiB");
        assert_eq!(human_size(3 << 29), "1.5 GiB");
        assert_eq!(human_size(65_536), "64 KiB");
        assert_eq!(human_size(12), "12 bytes");
    }

    #[test]
    fn memories_share_one_limit() {
        let mut limiter = Limiter::new(3 << 16);
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        assert!(!limiter.memory_growing(0, 2 << 16, None).unwrap());
        let refused = limiter.take_refused();
        assert_eq!(refused.as_deref(), Some("memory limit of 192 KiB reached"));
        assert!(limiter.memory_growing(0, 1 << 16, None).unwrap());
        assert_eq!(limiter.take_refused(), None);
    }

    #[test]
    fn what_is_kept_has_a_limit_of_its_own() {
        let mut limiter = Limiter::new(3 << 20);
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
    fn failed_growth_is_given_back() {
        let mut limiter = Limiter::new(2 << 16);
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
        let error = wasmtime::Error::msg("no memory");
        limiter.memory_grow_failed(error).unwrap();
        assert!(limiter.memory_growing(0, 2 << 16, None).unwrap());
    }
}
