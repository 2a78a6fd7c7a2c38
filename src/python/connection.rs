//! A place in a worker, used by one call at a time.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;

use super::convert;
use super::driver::Shared;
use super::failure;
use super::wire::proto::from_worker::Answer;
use super::wire::proto::to_worker::Request;
use super::wire::proto::{Calibrate, CancelJob, GetDeviceStatus, GetDevices, GetHealth, Poll, Reconcile};
use super::worker::Worker;
use crate::driver::checks::Broken;
use crate::driver::{Call, Connection, DriverInfo, Reuse};
use crate::model::{
    Device, DeviceId, DeviceState, ExecutionKey, ExecutionRequest, Failure, FailureKind, Health, Outcome,
    Properties, Reconciliation, Ticket,
};
use crate::telemetry::events;

/// A place in a worker.
pub(super) struct PythonConnection {
    shared: Arc<Shared>,
    worker: Arc<Worker>,
    /// Which worker of the generation, for the log.
    id: u64,
    info: Arc<DriverInfo>,
    /// Counts the places taken in the worker.
    _place: Arc<()>,
}

/// The answer of one kind, or nothing.
macro_rules! only {
    ($kind:ident) => {
        |answer| if let Answer::$kind(inner) = answer { Some(inner) } else { None }
    };
}

impl PythonConnection {
    pub(super) fn new(
        shared: Arc<Shared>,
        worker: Arc<Worker>,
        id: u64,
        info: Arc<DriverInfo>,
        place: Arc<()>,
    ) -> Self {
        Self { shared, worker, id, info, _place: place }
    }

    async fn ask<T>(
        &self,
        call: Call,
        request: Request,
        read: impl FnOnce(Answer) -> Option<T>,
    ) -> Result<T, Failure> {
        let submits = matches!(request, Request::Execute(_)) && self.shared.has_a_way_out();
        let name = &self.shared.name;
        let answer = self.worker.ask(request, call.deadline).await;
        if answer.is_ok() {
            self.worker.fate().note_work();
        }
        match answer {
            Ok(Answer::Error(error)) => Err(failure::of_driver(name, error, submits)),
            Ok(answer) => {
                let other = || self.broken(&Broken("it answered something else".to_owned()), submits);
                read(answer).ok_or_else(other)
            }
            Err(lost) => {
                let (kind, failure) = failure::lost(name, lost, submits);
                self.stopped(kind, &failure);
                Err(failure)
            }
        }
    }

    fn checked<T>(&self, answer: Result<T, Broken>, submits: bool) -> Result<T, Failure> {
        answer.map_err(|how| self.broken(&how, submits))
    }

    /// A driver that talks nonsense is started anew.
    fn broken(&self, how: &Broken, submits: bool) -> Failure {
        self.worker.condemn();
        let failure = failure::broken(&self.shared.name, how, submits);
        self.stopped("broken_answer", &failure);
        failure
    }

    fn stopped(&self, kind: &'static str, failure: &Failure) {
        let limited = matches!(failure.kind, FailureKind::Capacity | FailureKind::Timeout);
        self.shared.telemetry.emit(events::GuestTrapped {
            driver: self.shared.name.as_str(),
            generation: self.shared.generation.0,
            instance: self.id,
            kind,
            limit: limited.then_some(&failure.message),
            cause: failure.cause.as_deref().unwrap_or_default(),
        });
    }
}

#[async_trait]
impl Connection for PythonConnection {
    fn info(&self) -> &Arc<DriverInfo> {
        &self.info
    }

    fn reuse(&self) -> Reuse {
        match (self.worker.is_alive(), self.worker.is_outdated()) {
            (false, _) => Reuse::Condemned,
            (true, true) => Reuse::Retire("secret_changed"),
            (true, false) => Reuse::Keep,
        }
    }

    async fn devices(&mut self, call: Call) -> Result<Vec<Device>, Failure> {
        let devices = self.ask(call, Request::GetDevices(GetDevices {}), only!(Devices)).await?;
        self.checked(convert::devices(devices), false)
    }

    async fn device_state(&mut self, call: Call, device: &DeviceId) -> Result<DeviceState, Failure> {
        let request = Request::GetDeviceStatus(GetDeviceStatus { device_id: device.to_string() });
        self.ask(call, request, only!(DeviceState)).await.map(convert::device_state)
    }

    async fn execute(&mut self, call: Call, request: ExecutionRequest) -> Result<Outcome, Failure> {
        let left = call.deadline.saturating_duration_since(Instant::now());
        let execute = convert::execute(&request, left).ok_or_else(|| {
            let text = format!("driver `{}` takes no typed steps", self.shared.name);
            Failure::new(FailureKind::Internal, text)
        })?;
        let outcome = self.ask(call, Request::Execute(execute), only!(Outcome)).await?;
        self.checked(convert::outcome(outcome), true)
    }

    async fn poll(&mut self, call: Call, ticket: &Ticket) -> Result<Outcome, Failure> {
        let request = Request::Poll(Poll { ticket: ticket.to_string() });
        let outcome = self.ask(call, request, only!(Outcome)).await?;
        self.checked(convert::outcome(outcome), false)
    }

    async fn cancel(&mut self, call: Call, ticket: &Ticket) -> Result<(), Failure> {
        let request = Request::CancelJob(CancelJob { ticket: ticket.to_string() });
        self.ask(call, request, only!(Done)).await.map(drop)
    }

    async fn reconcile(&mut self, call: Call, key: &ExecutionKey) -> Result<Reconciliation, Failure> {
        let request = Request::Reconcile(Reconcile { execution_key: key.to_string() });
        let answer = self.ask(call, request, only!(Reconciliation)).await?;
        self.checked(convert::reconciliation(answer), false)
    }

    async fn calibrate(
        &mut self,
        call: Call,
        device: &DeviceId,
        options: &Properties,
    ) -> Result<String, Failure> {
        let options = options.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let request = Request::Calibrate(Calibrate { device_id: device.to_string(), options });
        let answer = self.ask(call, request, only!(Calibration)).await?;
        self.checked(convert::calibration(answer), false)
    }

    async fn health(&mut self, call: Call) -> Result<Health, Failure> {
        self.ask(call, Request::GetHealth(GetHealth {}), only!(Health)).await.map(convert::health)
    }
}
