//! How wasmtime is set up. What decides over compiled code is the same everywhere but for one thing,
//! so that every artifact fits one of two engines.

use wasmtime::component::Component;
use wasmtime::{Config, Engine, PoolingAllocationConfig, Result};

use crate::limits::MAX_TABLE_ELEMENTS;

/// Bytes of a memory, table or stack that are cleared by hand when an instance is dropped, instead of
/// given back to the operating system: cheaper for small instances.
const KEEP_RESIDENT: usize = 64 * 1024;
/// These bound no memory of their own, only what a component may ask for.
const MANY: u32 = 10_000;
const MAX_CONTEXT_SIZE: usize = 64 << 20;

/// Whether guests may run several tasks at a time in one instance.
///
/// Only guests of some toolchains need it (QuickJS imports `task.cancel`), and it costs every call of
/// every other one about 2 µs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Concurrency {
    Off,
    On,
}

impl Concurrency {
    /// The cheaper one first.
    pub(crate) const ALL: [Self; 2] = [Self::Off, Self::On];

    /// Each stack has a guard page, of which a process cannot have very many.
    fn stacks_per_instance(self) -> u32 {
        match self {
            Self::Off => 1,
            Self::On => 4,
        }
    }
}

/// For compiling and looking at components.
pub(crate) fn plain_engine(concurrency: Concurrency) -> Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    match concurrency {
        Concurrency::Off => config.concurrency_support(false),
        Concurrency::On => config.wasm_component_model_async(true),
    };
    Engine::new(&config)
}

/// For running so many instances of one component at a time, each allocated from a pool. It fits the
/// component's artifact.
pub(crate) fn pooled_engine(
    component: &Component,
    concurrency: Concurrency,
    instances: u32,
) -> Result<Engine> {
    let Some(needs) = component.resources_required() else {
        return Ok(component.engine().clone());
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(MANY))
        .total_memories(instances.saturating_mul(needs.num_memories))
        .total_tables(instances.saturating_mul(needs.num_tables))
        .total_stacks(instances.saturating_mul(concurrency.stacks_per_instance()))
        .max_memories_per_module(MANY)
        .max_tables_per_module(MANY)
        .max_core_instance_size(MAX_CONTEXT_SIZE)
        .max_component_instance_size(MAX_CONTEXT_SIZE)
        .table_elements(MAX_TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    let mut config = component.engine().config().clone();
    config.allocation_strategy(pool);
    Engine::new(&config)
}
