//! Calling the driver: requests become calls of the adapter's methods with plain values.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use eigen_worker_core::message::{self, Execute, Initialize};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The driver behind its adapter.
pub struct Driver {
    pub adapter: Py<PyAny>,
    /// The names of the adapter's methods that give coroutines.
    pub coroutines: HashSet<String>,
}

/// What can be asked of a driver. It cannot be shown: it may carry secrets.
pub enum Call {
    Initialize(Initialize),
    GetDevices,
    GetDeviceStatus(message::GetDeviceStatus),
    Execute(Execute),
    Poll(message::Poll),
    CancelJob(message::CancelJob),
    Reconcile(message::Reconcile),
    Calibrate(message::Calibrate),
    GetHealth,
    Shutdown,
}

/// What a call is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Done,
    Devices,
    DeviceState,
    Outcome,
    Reconciliation,
    Calibration,
    Health,
    /// `Done`, and the end.
    Shutdown,
}

impl Call {
    /// The adapter's method.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Initialize(_) => "initialize",
            Self::GetDevices => "get_devices",
            Self::GetDeviceStatus(_) => "get_device_status",
            Self::Execute(_) => "execute",
            Self::Poll(_) => "poll",
            Self::CancelJob(_) => "cancel_job",
            Self::Reconcile(_) => "reconcile",
            Self::Calibrate(_) => "calibrate",
            Self::GetHealth => "get_health",
            Self::Shutdown => "shutdown",
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Initialize(_) | Self::CancelJob(_) => Kind::Done,
            Self::GetDevices => Kind::Devices,
            Self::GetDeviceStatus(_) => Kind::DeviceState,
            Self::Execute(_) | Self::Poll(_) => Kind::Outcome,
            Self::Reconcile(_) => Kind::Reconciliation,
            Self::Calibrate(_) => Kind::Calibration,
            Self::GetHealth => Kind::Health,
            Self::Shutdown => Kind::Shutdown,
        }
    }

    /// Calls the driver. What comes back is the answer, or an awaitable.
    pub fn make<'py>(
        self,
        py: Python<'py>,
        adapter: &Py<PyAny>,
        came: Instant,
    ) -> PyResult<Bound<'py, PyAny>> {
        let adapter = adapter.bind(py);
        let method = self.method();
        match self {
            Self::Initialize(Initialize { mut settings, secrets }) => {
                settings.extend(secrets);
                adapter.call_method1(method, (settings,))
            }
            Self::GetDevices | Self::GetHealth | Self::Shutdown => adapter.call_method0(method),
            Self::GetDeviceStatus(request) => adapter.call_method1(method, (request.device_id,)),
            Self::Execute(request) => execute(adapter, request, came),
            Self::Poll(request) => adapter.call_method1(method, (request.ticket,)),
            Self::CancelJob(request) => adapter.call_method1(method, (request.ticket,)),
            Self::Reconcile(request) => adapter.call_method1(method, (request.execution_key,)),
            Self::Calibrate(request) => adapter.call_method1(method, (request.device_id, request.options)),
        }
    }
}

fn execute<'py>(adapter: &Bound<'py, PyAny>, request: Execute, came: Instant) -> PyResult<Bound<'py, PyAny>> {
    let py = adapter.py();
    // 0 means that nobody waits for an end.
    let left = (request.deadline_ms > 0).then(|| Duration::from_millis(request.deadline_ms));
    let left = left.map(|left| left.saturating_sub(came.elapsed()).as_millis() as u64);
    let arguments = (
        request.device_id,
        PyBytes::new(py, &request.circuit),
        request.circuit_format,
        request.shots,
        request.options,
        request.job_id,
        request.execution_key,
        request.attempt,
        request.seed,
        left,
        request.traceparent,
    );
    adapter.call_method1(intern!(py, "execute"), arguments)
}
