//! The limiter of one instance: memory, tables and instances, and a record of what was refused.
//!
//! A guest that is refused memory usually traps a moment later with a message of its own
//! ("unreachable"); the record is what turns that into "memory limit 64 MiB reached".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::config::DriverLimits;

/// All guests' linear memory together, against `wasm.guest_memory_total`.
#[derive(Debug)]
pub(super) struct HostMemory {
    limit: usize,
    used: AtomicUsize,
}

impl HostMemory {
    /// A budget of `limit` bytes.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0) })
    }

    /// The budget in bytes.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    fn try_take(&self, bytes: usize) -> bool {
        let take = |used: usize| used.checked_add(bytes).filter(|total| *total <= self.limit);
        self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// A refusal by the limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Linear memory beyond the grant.
    Memory,
    /// Linear memory that the host as a whole has no room for.
    HostMemory,
    /// Table elements beyond the grant.
    TableElements,
}

impl Refusal {
    /// The budget, as metrics name it.
    pub(super) fn budget(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::HostMemory => "host_memory",
            Self::TableElements => "table_elements",
        }
    }
}

/// Bounds one store; see [`DriverLimits`] for the units.
#[derive(Debug)]
pub(super) struct Limiter {
    host_memory: Arc<HostMemory>,
    memory: usize,
    table_elements: usize,
    instances: usize,
    tables: usize,
    memories: usize,
    memory_used: usize,
    table_used: usize,
    refusal: Option<Refusal>,
}

impl Limiter {
    pub(super) fn new(limits: &DriverLimits, host_memory: Arc<HostMemory>) -> Self {
        Self {
            host_memory,
            memory: limits.memory.as_usize(),
            table_elements: limits.table_elements,
            instances: limits.core_instances,
            tables: limits.tables,
            memories: limits.memories,
            memory_used: 0,
            table_used: 0,
            refusal: None,
        }
    }

    /// Bytes of linear memory in use, over all memories of the instance. They never shrink.
    pub(super) fn memory_used(&self) -> usize {
        self.memory_used
    }

    /// Elements of its largest table.
    pub(super) fn table_used(&self) -> usize {
        self.table_used
    }

    /// Bytes that all guests may use together.
    pub(super) fn host_limit(&self) -> usize {
        self.host_memory.limit()
    }

    /// The last refusal, if any.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// Forgets earlier refusals: a guest may be refused, cope, and be called again.
    pub(super) fn begin_call(&mut self) {
        self.refusal = None;
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = desired.saturating_sub(current);
        let total = self.memory_used.saturating_add(growth);
        if total > self.memory {
            self.refusal = Some(Refusal::Memory);
            return Ok(false);
        }
        if !self.host_memory.try_take(growth) {
            self.refusal = Some(Refusal::HostMemory);
            return Ok(false);
        }
        self.memory_used = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.table_elements {
            self.refusal = Some(Refusal::TableElements);
            return Ok(false);
        }
        let fits = maximum.is_none_or(|maximum| desired <= maximum);
        if fits {
            self.table_used = self.table_used.max(desired);
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.host_memory.give_back(self.memory_used);
    }
}
