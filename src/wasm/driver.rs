//! One generation of a WebAssembly driver: a linked component and the limits of its instances.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use async_trait::async_trait;
use wasmtime::Store;

use super::bindings::QdriverPre;
use super::connection::{Instance, WasmConnection};
use super::failure::{self, Fault};
use super::guest::Guest;
use super::runtime::Inner;
use super::time_slice::{Slice, TimeSlice};
use crate::config::DriverLimits;
use crate::driver::{Call, Connection, Driver};
use crate::egress;
use crate::model::{DriverName, Failure, Generation, Properties};
use crate::telemetry::events::GuestLogBudget;
use crate::telemetry::guest::GuestLog;
use crate::telemetry::metrics::{CallBudgets, CallUse};

/// What all instances of a generation share.
pub(super) struct Shared {
    pub(super) runtime: Arc<Inner>,
    pub(super) name: DriverName,
    pub(super) generation: Generation,
    pub(super) limits: DriverLimits,
    pub(super) settings: Properties,
    way: Arc<egress::Driver>,
    component: QdriverPre<Guest>,
    log_budget: Arc<Mutex<GuestLogBudget>>,
    budgets: CallBudgets,
    instances: AtomicU64,
}

impl Shared {
    /// Budgets hold for one call each.
    pub(super) fn begin_call(&self, store: &mut Store<Guest>, deadline: Instant) {
        store.data_mut().limiter.begin_call();
        store.data_mut().slice = Slice::begin();
        let outbound = &mut store.data_mut().outbound;
        outbound.deadline = deadline;
        outbound.sent.store(0, Ordering::Relaxed);
        #[expect(clippy::expect_used, reason = "the engine was built with fuel on")]
        store.set_fuel(self.limits.fuel.units().unwrap_or(u64::MAX)).expect("fuel is on");
        store.set_hostcall_fuel(self.limits.host_calls.as_usize());
    }

    /// Counts what a call that came back has used, and what it was refused.
    pub(super) fn end_call(&self, store: &mut Store<Guest>, started: Instant, deadline: Instant) {
        let fuel_limit = self.limits.fuel.units();
        let left = store.get_fuel().unwrap_or_default();
        let guest = store.data_mut();
        let handles = (guest.handles(), self.limits.handles);
        self.budgets.observe(&CallUse {
            fuel: fuel_limit.unwrap_or(u64::MAX).saturating_sub(left),
            fuel_limit,
            time: started.elapsed(),
            allowed: deadline.saturating_duration_since(started),
            memory: guest.limiter.memory_used() as u64,
            memory_limit: self.limits.memory.bytes(),
            table_elements: (guest.limiter.table_used(), self.limits.table_elements),
            handles,
        });
        if let Some(refusal) = guest.limiter.refusal() {
            self.runtime.telemetry.metrics().budget_refused(self.name.as_str(), refusal.budget(), 1);
        }
    }

    pub(super) fn explain(&self, guest: &Guest, error: &wasmtime::Error) -> Fault {
        failure::explain(&self.name, &self.limits, self.runtime.stack, guest, error)
    }

    fn new_store(&self, instance: u64) -> Store<Guest> {
        let log = GuestLog::new(
            self.runtime.telemetry.clone(),
            self.name.clone(),
            self.generation,
            instance,
            self.limits.log_line.as_usize(),
            Arc::clone(&self.log_budget),
        );
        let guest = Guest::new(
            &self.limits,
            Arc::clone(&self.runtime.host_memory),
            Arc::new(log),
            Arc::clone(&self.way),
        );
        let mut store = Store::new(&self.runtime.engine, guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_max_component_handles(self.limits.handles);
        #[expect(
            clippy::expect_used,
            reason = "the engine was built with fuel on, and the interval is not zero"
        )]
        store
            .fuel_async_yield_interval(Some(self.runtime.fuel_yield_interval))
            .expect("fuel is on and the interval is positive");
        store.call_hook_async(TimeSlice(self.runtime.time_slice));
        store
    }
}

/// A loaded generation.
pub struct WasmDriver {
    shared: Arc<Shared>,
}

impl WasmDriver {
    pub(super) fn new(
        runtime: Arc<Inner>,
        name: DriverName,
        generation: Generation,
        limits: DriverLimits,
        settings: Properties,
        way: Arc<egress::Driver>,
        component: QdriverPre<Guest>,
    ) -> Self {
        let log_budget =
            GuestLogBudget::new(limits.log_rate.bytes(), limits.log_line.as_usize(), Instant::now());
        let budgets = runtime.telemetry.metrics().call_budgets(name.as_str());
        let shared = Shared {
            runtime,
            name,
            generation,
            limits,
            settings,
            way,
            component,
            log_budget: Arc::new(Mutex::new(log_budget)),
            budgets,
            instances: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }
}

#[async_trait]
impl Driver for WasmDriver {
    fn name(&self) -> &DriverName {
        &self.shared.name
    }

    fn generation(&self) -> Generation {
        self.shared.generation
    }

    async fn connect(&self, call: Call) -> Result<Box<dyn Connection>, Failure> {
        let shared = Arc::clone(&self.shared);
        let id = shared.instances.fetch_add(1, Ordering::Relaxed) + 1;
        let started = Instant::now();
        let task = shared.runtime.executor.spawn({
            let shared = Arc::clone(&shared);
            async move {
                let mut store = shared.new_store(id);
                shared.begin_call(&mut store, call.deadline);
                match shared.component.instantiate_async(&mut store).await {
                    Ok(exports) => Ok(Instance { store, exports }),
                    Err(error) => Err(shared.explain(store.data(), &error)),
                }
            }
        });
        let fault = match tokio::time::timeout_at(call.deadline.into(), task).await {
            Ok(Ok(Ok(instance))) => {
                let mut connection = WasmConnection::new(Arc::clone(&shared), id, instance);
                connection.open(call).await?;
                return Ok(Box::new(connection));
            }
            Ok(Ok(Err(fault))) => fault,
            Ok(Err(gone)) => failure::host_failed(&shared.name, &gone),
            Err(_) => failure::deadline(&shared.name, call.deadline.saturating_duration_since(started)),
        };
        shared.runtime.telemetry.emit(fault.event(&shared.name, shared.generation, id));
        Err(fault.failure)
    }
}
