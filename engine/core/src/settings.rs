//! How wasmtime is set up. What decides over compiled code is the same everywhere, so that every
//! artifact fits.

use wasmtime::component::Component;
use wasmtime::{Config, Engine, PoolingAllocationConfig, Result};

use crate::limits::MAX_TABLE_ELEMENTS;

/// Bytes of a memory, table or stack that are cleared by hand when an instance is dropped, instead of
/// given back to the operating system: cheaper for small instances.
const KEEP_RESIDENT: usize = 64 * 1024;
/// A guest may need more than one stack when it runs several tasks.
const STACKS_PER_INSTANCE: u32 = 4;
/// These bound no memory of their own, only what a component may ask for.
const MANY: u32 = 10_000;
const MAX_CONTEXT_SIZE: usize = 64 << 20;

fn config() -> Config {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.epoch_interruption(true);
    config
}

/// For compiling and looking at components.
pub(crate) fn plain_engine() -> Result<Engine> {
    Engine::new(&config())
}

/// For running so many instances of one component at a time, each allocated from a pool.
pub(crate) fn pooled_engine(component: &Component, instances: u32) -> Result<Engine> {
    let Some(needs) = component.resources_required() else {
        return plain_engine();
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(MANY))
        .total_memories(instances.saturating_mul(needs.num_memories))
        .total_tables(instances.saturating_mul(needs.num_tables))
        .total_stacks(instances.saturating_mul(STACKS_PER_INSTANCE))
        .max_memories_per_module(MANY)
        .max_tables_per_module(MANY)
        .max_core_instance_size(MAX_CONTEXT_SIZE)
        .max_component_instance_size(MAX_CONTEXT_SIZE)
        .table_elements(MAX_TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    let mut config = config();
    config.allocation_strategy(pool);
    Engine::new(&config)
}
