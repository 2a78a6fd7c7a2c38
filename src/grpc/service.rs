//! The four RPCs: each opens a span, counts itself, and hands over to dispatch.

use std::sync::Arc;
use std::time::Instant;

use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Request, Response, Status};
use tracing::Instrument as _;

use super::caller::{Caller, short};
use super::proto::driver_manager_service_server::DriverManagerService;
use super::status::{About, code, status};
use super::{convert, proto};
use crate::dispatch::{Dispatcher, RequestContext};
use crate::model::Failure;
use crate::telemetry::metrics::{self, Operation};
use crate::telemetry::{Telemetry, events, span};

/// The Kernel's service.
pub(super) struct Service {
    dispatcher: Arc<Dispatcher>,
    telemetry: Telemetry,
}

impl Service {
    pub(super) fn new(dispatcher: Arc<Dispatcher>, telemetry: Telemetry) -> Self {
        Self { dispatcher, telemetry }
    }

    async fn rpc<T, F>(
        &self,
        operation: Operation,
        (metadata, extensions): (&MetadataMap, &Extensions),
        job_id: &str,
        work: impl FnOnce(Arc<Dispatcher>, Arc<RequestContext>) -> F,
    ) -> Result<Response<T>, Status>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut caller = Caller::new(metadata, extensions);
        let recorded = self.telemetry.sampling().decide(&mut caller.trace);
        let span = span::rpc(&caller.trace, (SERVICE, method(operation)), recorded);
        span.record("job_id", short(job_id));
        let context = Arc::new(RequestContext::new(caller.id, caller.deadline, span.clone()));
        async {
            let mut ending = Ending::begin(self, operation, Arc::clone(&context));
            let answer = work(Arc::clone(&self.dispatcher), context).await;
            ending.code = answer.as_ref().map_or_else(|failure| code(failure.kind), |_| Code::Ok);
            answer.map(Response::new).map_err(|failure| {
                let trace = caller.traced.then_some(caller.trace.trace_id.as_str());
                status(&failure, &About { correlation: &caller.correlation_id, job: job_id, trace })
            })
        }
        .instrument(span)
        .await
    }
}

/// The service's full name.
const SERVICE: &str = "eigen.internal.v1.DriverManagerService";

/// The method's full name.
fn method(operation: Operation) -> &'static str {
    match operation {
        Operation::ListDevices => "eigen.internal.v1.DriverManagerService/ListDevices",
        Operation::GetDeviceStatus => "eigen.internal.v1.DriverManagerService/GetDeviceStatus",
        Operation::ExecuteCircuit => "eigen.internal.v1.DriverManagerService/ExecuteCircuit",
        Operation::CalibrateDevice => "eigen.internal.v1.DriverManagerService/CalibrateDevice",
    }
}

/// Statuses that are the server's fault, by the conventions of OpenTelemetry for RPC.
fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// Ends an RPC's log and metrics, even if the caller hangs up half-way.
struct Ending<'a> {
    service: &'a Service,
    operation: Operation,
    context: Arc<RequestContext>,
    started: Instant,
    code: Code,
}

impl<'a> Ending<'a> {
    fn begin(service: &'a Service, operation: Operation, context: Arc<RequestContext>) -> Self {
        service.telemetry.emit(events::RpcStart { method: method(operation) });
        Self { service, operation, context, started: Instant::now(), code: Code::Cancelled }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let driver = self.context.driver();
        let (grpc_status, latency) = (metrics::Status::from_code(self.code as i32), self.started.elapsed());
        let span = self.context.span();
        span.record("rpc.grpc.status_code", self.code as i32);
        if is_ours(self.code) {
            span::failed(span, grpc_status.as_str());
        }
        self.service.dispatcher.traffic().note(grpc_status.into(), latency);
        self.service.telemetry.emit(events::RpcEnd {
            method: method(self.operation),
            operation: self.operation,
            driver: driver.as_ref().map_or("none", |driver| driver.as_str()),
            grpc_status,
            latency,
        });
    }
}

#[tonic::async_trait]
impl DriverManagerService for Service {
    async fn list_devices(
        &self,
        request: Request<proto::ListDevicesRequest>,
    ) -> Result<Response<proto::ListDevicesResponse>, Status> {
        self.rpc(
            Operation::ListDevices,
            (request.metadata(), request.extensions()),
            "",
            async |dispatcher, context| {
                let devices = dispatcher.list_devices(&context).await;
                Ok(proto::ListDevicesResponse {
                    devices: devices.into_iter().map(convert::device_info).collect(),
                })
            },
        )
        .await
    }

    async fn get_device_status(
        &self,
        request: Request<proto::GetDeviceStatusRequest>,
    ) -> Result<Response<proto::GetDeviceStatusResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        self.rpc(Operation::GetDeviceStatus, (&metadata, &extensions), "", async |dispatcher, context| {
            dispatcher.device_status(&context, &request.device_id).await.map(convert::device_status)
        })
        .await
    }

    async fn execute_circuit(
        &self,
        request: Request<proto::ExecuteCircuitRequest>,
    ) -> Result<Response<proto::ExecuteCircuitResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let job_id = request.job_id.clone();
        self.rpc(Operation::ExecuteCircuit, (&metadata, &extensions), &job_id, async |dispatcher, context| {
            let request = convert::execute_request(request);
            dispatcher.execute(&context, request).await.map(convert::execution)
        })
        .await
    }

    async fn calibrate_device(
        &self,
        request: Request<proto::CalibrateDeviceRequest>,
    ) -> Result<Response<proto::CalibrateDeviceResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        self.rpc(Operation::CalibrateDevice, (&metadata, &extensions), "", async |dispatcher, context| {
            let options = Arc::new(request.options.into_iter().collect());
            let reference = dispatcher.calibrate(&context, &request.device_id, options).await?;
            Ok(proto::CalibrateDeviceResponse { calibration_ref: reference })
        })
        .await
    }
}
