//! One instance of a driver, used by one call at a time.
//!
//! Each call moves the instance to the guest threads and, if all went well, back. An instance
//! that trapped, ran out of a limit, missed its deadline or was abandoned by its caller does not
//! come back: re-entering it is not defined, so it is dropped where it stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use wasmtime::Store;

use super::bindings::Qdriver;
use super::bindings::eigen::qdriver::types as wit;
use super::convert::{self, Broken};
use super::driver::Shared;
use super::failure::{self, Fault};
use super::guest::Guest;
use crate::driver::{Call, Connection, DriverInfo, Reuse};
use crate::model::{
    Device, DeviceId, DeviceState, ExecutionKey, ExecutionRequest, Failure, FailureKind, Health, Outcome,
    Properties, Reconciliation, Submission, Ticket,
};

/// A store and the component's exports in it.
pub(super) struct Instance {
    pub(super) store: Store<Guest>,
    pub(super) exports: Qdriver,
}

type Answer<T> = wasmtime::Result<Result<T, wit::Error>>;

/// The call of one exported function, as a closure that takes the instance along and gives it back. What it answers
/// is converted there too: a large answer costs time, and that is the guest's.
macro_rules! export {
    ($function:ident $(, $argument:expr)* => $convert:expr) => {
        move |mut instance: Instance| async move {
            let exports = instance.exports.eigen_qdriver_driver();
            let answer = exports.$function(&mut instance.store $(, $argument)*).await;
            instance.store.data().end_call();
            (instance, answer.map(|answer| answer.map($convert)))
        }
    };
    ($function:ident $(, $argument:expr)*) => {
        move |mut instance: Instance| async move {
            let exports = instance.exports.eigen_qdriver_driver();
            let answer = exports.$function(&mut instance.store $(, $argument)*).await;
            instance.store.data().end_call();
            (instance, answer)
        }
    };
}

/// An initialised instance.
pub(super) struct WasmConnection {
    shared: Arc<Shared>,
    id: u64,
    info: Arc<DriverInfo>,
    instance: Option<Instance>,
    /// Requests of the last call that may have changed something outside.
    sent: Arc<AtomicUsize>,
}

impl WasmConnection {
    /// A connection whose handshake is still to come.
    pub(super) fn new(shared: Arc<Shared>, id: u64, instance: Instance) -> Self {
        let info = Arc::new(DriverInfo {
            name: String::new(),
            version: String::new(),
            vendor: String::new(),
            ticket_version: 0,
            accepts_ticket_versions: Vec::new(),
            features: Properties::new(),
        });
        let sent = Arc::clone(&instance.store.data().outbound.sent);
        Self { shared, id, info, instance: Some(instance), sent }
    }

    /// Handshake, then `initialize` with the operator's settings.
    pub(super) async fn open(&mut self, call: Call) -> Result<(), Failure> {
        let host = wit::HostInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            driver_name: self.shared.name.to_string(),
            generation: self.shared.generation.0,
            memory_bytes: self.shared.limits.memory.bytes(),
        };
        let info = self.call(call, export!(call_handshake, &host)).await?;
        self.info = Arc::new(self.checked(convert::driver_info(info))?);
        let settings = convert::pairs(&self.shared.settings);
        self.call(call, export!(call_initialize, &settings)).await
    }

    /// Runs one exported function on the guest threads, under the budgets of one call.
    async fn call<T, F>(&mut self, call: Call, export: impl FnOnce(Instance) -> F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = (Instance, Answer<T>)> + Send + 'static,
    {
        let Some(mut instance) = self.instance.take() else {
            return Err(Failure::new(FailureKind::Internal, "the driver's instance is gone")
                .from_provider(self.shared.name.as_str()));
        };
        let started = Instant::now();
        self.shared.begin_call(&mut instance.store, call.deadline);
        let task = self.shared.runtime.executor.spawn(export(instance));
        match tokio::time::timeout_at(call.deadline.into(), task).await {
            Ok(Ok((mut instance, Ok(answer)))) => {
                self.shared.end_call(&mut instance.store, started, call.deadline);
                self.instance = Some(instance);
                answer.map_err(|error| convert::failure(self.shared.name.as_str(), error))
            }
            Ok(Ok((instance, Err(trap)))) => {
                Err(self.condemn(self.shared.explain(instance.store.data(), &trap)))
            }
            Ok(Err(gone)) => Err(self.condemn(failure::host_failed(&self.shared.name, &gone))),
            Err(_) => {
                let allowed = call.deadline.saturating_duration_since(started);
                Err(self.condemn(failure::deadline(&self.shared.name, allowed)))
            }
        }
    }

    /// Lets go of an instance whose answer cannot be trusted.
    fn checked<T>(&mut self, answer: Result<T, Broken>) -> Result<T, Failure> {
        answer.map_err(|how| {
            self.instance = None;
            self.condemn(failure::broken(&self.shared.name, &how))
        })
    }

    fn condemn(&self, fault: Fault) -> Failure {
        let Shared { runtime, name, generation, .. } = self.shared.as_ref();
        runtime.telemetry.emit(fault.event(name, *generation, self.id));
        let mut failure = fault.failure;
        // What it had sent is on its way, whatever became of it afterwards.
        if self.sent.load(Ordering::Relaxed) > 0 && failure.submission == Submission::NotSubmitted {
            failure.submission = Submission::Unknown;
        }
        failure
    }
}

#[async_trait]
impl Connection for WasmConnection {
    fn info(&self) -> &Arc<DriverInfo> {
        &self.info
    }

    /// Linear memory never shrinks, so an instance that once held a large state is let go.
    fn reuse(&self) -> Reuse {
        let Some(instance) = &self.instance else { return Reuse::Condemned };
        let used = instance.store.data().limiter.memory_used() as u64;
        let limits = &self.shared.limits;
        if used > limits.retire_above.of(limits.memory).bytes() {
            Reuse::Retire("memory")
        } else {
            Reuse::Keep
        }
    }

    async fn devices(&mut self, call: Call) -> Result<Vec<Device>, Failure> {
        let devices = self.call(call, export!(call_get_devices => convert::devices)).await?;
        self.checked(devices)
    }

    async fn device_state(&mut self, call: Call, device: &DeviceId) -> Result<DeviceState, Failure> {
        let device = device.to_string();
        self.call(call, export!(call_get_device_status, &device)).await.map(convert::device_state)
    }

    async fn execute(&mut self, call: Call, request: ExecutionRequest) -> Result<Outcome, Failure> {
        let (request, most) = (convert::request(&request), self.shared.limits.metadata);
        let converted = move |outcome| convert::outcome(outcome, most);
        let outcome = self.call(call, export!(call_execute, &request => converted)).await?;
        self.checked(outcome)
    }

    async fn poll(&mut self, call: Call, ticket: &Ticket) -> Result<Outcome, Failure> {
        let (ticket, most) = (ticket.to_string(), self.shared.limits.metadata);
        let converted = move |outcome| convert::outcome(outcome, most);
        let outcome = self.call(call, export!(call_poll, &ticket => converted)).await?;
        self.checked(outcome)
    }

    async fn cancel(&mut self, call: Call, ticket: &Ticket) -> Result<(), Failure> {
        let ticket = ticket.to_string();
        self.call(call, export!(call_cancel, &ticket)).await
    }

    async fn reconcile(&mut self, call: Call, key: &ExecutionKey) -> Result<Reconciliation, Failure> {
        let key = key.to_string();
        let answer = self.call(call, export!(call_reconcile, &key)).await?;
        self.checked(convert::reconciliation(answer))
    }

    async fn calibrate(
        &mut self,
        call: Call,
        device: &DeviceId,
        options: &Properties,
    ) -> Result<String, Failure> {
        let (device, options) = (device.to_string(), convert::pairs(options));
        let reference = self.call(call, export!(call_calibrate_device, &device, &options)).await?;
        self.checked(convert::calibration(reference))
    }

    async fn health(&mut self, call: Call) -> Result<Health, Failure> {
        self.call(call, export!(call_health)).await.map(convert::health)
    }
}
