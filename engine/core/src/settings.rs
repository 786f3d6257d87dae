//! How wasmtime is set up. What decides over compiled code is the same everywhere but for two things,
//! so that every artifact fits one of four engines.

use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Result};

use crate::options::LoadOptions;

/// Bytes of a memory or table that are cleared by hand when an instance is dropped, instead of given
/// back to the operating system: cheaper for small instances.
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

/// What compiled code and the engine it runs in must agree on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) concurrency: Concurrency,
    /// Whether the code counts what it does, which costs every block of it an addition.
    pub(crate) fuel: bool,
}

impl Settings {
    /// The cheaper ones first.
    pub(crate) const ALL: [Self; 4] = [
        Self::new(Concurrency::Off, false),
        Self::new(Concurrency::On, false),
        Self::new(Concurrency::Off, true),
        Self::new(Concurrency::On, true),
    ];

    /// The cheaper one first.
    pub(crate) fn with_fuel(fuel: bool) -> [Self; 2] {
        Concurrency::ALL.map(|concurrency| Self::new(concurrency, fuel))
    }

    const fn new(concurrency: Concurrency, fuel: bool) -> Self {
        Self { concurrency, fuel }
    }
}

/// For compiling and looking at components.
pub(crate) fn plain_engine(settings: Settings) -> Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.consume_fuel(settings.fuel);
    match settings.concurrency {
        Concurrency::Off => config.concurrency_support(false),
        Concurrency::On => config.wasm_component_model_async(true),
    };
    Engine::new(&config)
}

/// For running the instances of one component, each allocated from a pool. It fits the component's
/// artifact.
pub(crate) fn pooled_engine(
    component: &Component,
    settings: Settings,
    options: &LoadOptions,
) -> Result<Engine> {
    let Some(needs) = component.resources_required() else {
        return Ok(component.engine().clone());
    };
    let instances = options.instances as u32;
    // Of a component whose tables begin above the limit it is the limiter that says so, in its words.
    let first_elements = needs.max_initial_table_size.unwrap_or(0) as usize;
    let table_elements = options.max_table_elements.max(first_elements);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(MANY))
        .total_memories(instances.saturating_mul(needs.num_memories))
        .total_tables(instances.saturating_mul(needs.num_tables))
        .total_stacks(instances.saturating_mul(settings.concurrency.stacks_per_instance()))
        .max_memories_per_module(MANY)
        .max_tables_per_module(MANY)
        .max_core_instance_size(MAX_CONTEXT_SIZE)
        .max_component_instance_size(MAX_CONTEXT_SIZE)
        .table_elements(table_elements)
        .pagemap_scan(Enabled::No) // it leaves what is swapped out to the next instance: decision 18
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    let mut config = component.engine().config().clone();
    config.allocation_strategy(pool);
    Engine::new(&config)
}
