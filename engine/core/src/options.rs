//! How a component is to run.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::limits::Limits;

const MAX_INSTANCES: usize = 10_000;

/// How a component is to run.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// For people, and a command's `argv[0]`.
    pub name: String,
    /// So many at a time, at most 10,000.
    pub instances: usize,
    /// Bytes for all memories of one instance together; as many for what it keeps in the host.
    pub memory: usize,
    /// Handles to messages, clients and other resources of the host that an instance may hold at a
    /// time.
    pub max_handles: usize,
    /// Elements of all tables of one instance together.
    pub max_table_elements: usize,
    /// Units of work, about one for each instruction, for each handling, for starting an instance, and
    /// for a command. The artifact must be [compiled](crate::CompileOptions) for it.
    pub fuel: Option<u64>,
    /// For each handling or command, from its start.
    pub deadline: Option<Duration>,
    /// A new instance for every message.
    pub fresh: bool,
    /// Instances that handled so many are replaced.
    pub max_messages_per_instance: Option<u64>,
    /// What the guest may have of the machine it runs on.
    pub grants: Grants,
    /// Of both output streams together; the others are counted.
    pub log_lines_per_second: u64,
}

/// Limits that protect the host from a guest that goes wrong, and leave others alone.
impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            name: "component".into(),
            instances: 16,
            memory: 64 << 20,
            max_handles: 10_000,
            max_table_elements: 1_000_000,
            fuel: None,
            deadline: Some(Duration::from_secs(30)),
            fresh: false,
            max_messages_per_instance: None,
            grants: Grants::default(),
            log_lines_per_second: 100,
        }
    }
}

impl LoadOptions {
    pub(crate) fn check(&self) -> Result<()> {
        let Self {
            name, instances, ..
        } = self;
        if (1..=MAX_INSTANCES).contains(instances) {
            return Ok(());
        }
        Err(Error::failure(format!(
            "{name}: instances must be 1 to {MAX_INSTANCES}, not {instances}"
        )))
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            memory: self.memory,
            handles: self.max_handles,
            table_elements: self.max_table_elements,
            fuel: self.fuel,
        }
    }
}
