//! The engine: one per process, configured once.
//!
//! Instances come from a pool of pre-reserved slots, which is what makes a fresh instance cost
//! microseconds. The reservation is probed at start; if the machine refuses it (a small address
//! space limit, say), the engine falls back to allocating on demand and says so.

use std::num::NonZeroUsize;

use futures::FutureExt as _;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::config::Wasm;

/// Linear memories reserve this much address space, so that no access needs a bounds check.
const MEMORY_RESERVATION: u64 = 4 << 30;
/// Host stack of a guest's fiber; the guest's own share is `wasm.stack`.
const ASYNC_STACK: usize = 2 << 20;
const BACKTRACE_FRAMES: usize = 32;
/// Bytes of a slot that are zeroed by hand instead of being given back to the kernel.
const KEEP_RESIDENT: usize = 64 << 10;
/// Slots are given back to the kernel one by one: a batch would keep the memory of large guests resident
/// after `wasm.guest_memory_total` had counted it as free.
const DECOMMIT_BATCH: usize = 1;

/// How instances get their memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allocator {
    /// From the pre-reserved pool.
    Pooling,
    /// One by one, because the pool could not be reserved; why.
    OnDemand(String),
}

/// The engine could not be built at all.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine cannot start: {0:#}")]
pub struct EngineError(#[from] wasmtime::Error);

/// Builds the engine; `largest_memory` is the most bytes any driver may ask for.
pub(super) fn build(config: &Wasm, largest_memory: u64) -> Result<(Engine, Allocator), EngineError> {
    match build_pooling(config, largest_memory) {
        Ok(engine) => Ok((engine, Allocator::Pooling)),
        Err(refused) => Ok((Engine::new(&base(config))?, Allocator::OnDemand(format!("{refused:#}")))),
    }
}

fn build_pooling(config: &Wasm, largest_memory: u64) -> wasmtime::Result<Engine> {
    let mut wasmtime = base(config);
    wasmtime.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config, largest_memory)));
    let engine = Engine::new(&wasmtime)?;
    probe(&engine)?;
    Ok(engine)
}

fn base(config: &Wasm) -> Config {
    let mut wasmtime = Config::new();
    wasmtime
        .consume_fuel(true)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_init_cow(true)
        .max_wasm_stack(config.stack.as_usize())
        .async_stack_size(ASYNC_STACK.max(config.stack.as_usize() * 2))
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES));
    wasmtime
}

fn pool(config: &Wasm, largest_memory: u64) -> PoolingAllocationConfig {
    let slots = &config.pool;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots.component_instances)
        .total_core_instances(slots.core_instances)
        .total_memories(slots.memories)
        .total_tables(slots.tables)
        .total_stacks(slots.component_instances)
        .max_core_instances_per_component(slots.core_instances_per_component)
        .table_elements(slots.table_elements as usize)
        .max_memory_size(largest_memory as usize)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto)
        .decommit_batch_size(DECOMMIT_BATCH);
    pool
}

/// Instantiates the smallest component, which touches the reservation.
fn probe(engine: &Engine) -> wasmtime::Result<()> {
    /// `(component)`: magic, version 13, layer 1.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";
    let component = Component::from_binary(engine, EMPTY)?;
    let mut store = Store::new(engine, ());
    let linker = Linker::new(engine);
    // Nothing in the empty component waits, so the first poll is the last.
    match linker.instantiate_async(&mut store, &component).now_or_never() {
        Some(instance) => instance.map(drop),
        None => Err(wasmtime::Error::msg("the empty component did not start at once")),
    }
}
