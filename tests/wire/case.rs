//! One malformed request, and sending many.

use std::collections::HashMap;

use driver_manager::grpc::proto::{
    CalibrateDeviceRequest, CircuitFormat, CircuitPayload, ExecuteCircuitRequest, GetDeviceStatusRequest,
};
use tonic::Status;

use crate::raw::{self, RawCall};
use crate::support::host::{Client, Host};
use crate::wanted::Wanted;

/// A malformed request.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is wrong with it, for the failure's message.
    pub name: String,
    /// The request.
    pub call: Call,
    /// What must come of it.
    pub wanted: Wanted,
}

/// A request of any of the calls, or bytes that are none.
#[derive(Debug, Clone)]
pub enum Call {
    Execute(ExecuteCircuitRequest),
    Status(GetDeviceStatusRequest),
    Calibrate(CalibrateDeviceRequest),
    Raw(RawCall),
}

/// A good request of this circuit for the simulator.
pub fn request(format: CircuitFormat, circuit: impl Into<Vec<u8>>) -> ExecuteCircuitRequest {
    ExecuteCircuitRequest {
        job_id: "malformed".to_owned(),
        device_id: "sim:local".to_owned(),
        payload: Some(CircuitPayload { format: format as i32, data: circuit.into() }),
        shots: 10,
        options: HashMap::new(),
    }
}

/// The circuit that nothing is wrong with.
pub fn good() -> ExecuteCircuitRequest {
    request(CircuitFormat::AqoJson, crate::support::guests::BELL)
}

/// A good request of a wrong circuit, whose violations are all about the payload.
pub fn circuit(format: CircuitFormat, circuit: Vec<u8>, wanted: Wanted) -> Case {
    let shown: String = String::from_utf8_lossy(&circuit).chars().take(120).collect();
    let call = Call::Execute(request(format, circuit));
    Case { name: format!("{} {shown:?}", format.as_str_name()), call, wanted: wanted.within("payload.data") }
}

impl Call {
    fn job(&self) -> &str {
        match self {
            Self::Execute(request) => &request.job_id,
            Self::Status(_) | Self::Calibrate(_) | Self::Raw(_) => "",
        }
    }

    async fn send(self, host: &Host, client: &Client) -> Result<String, Status> {
        let mut client = client.clone();
        Ok(match self {
            Self::Execute(request) => format!("{:?}", client.execute_circuit(request).await?),
            Self::Status(request) => format!("{:?}", client.get_device_status(request).await?),
            Self::Calibrate(request) => format!("{:?}", client.calibrate_device(request).await?),
            Self::Raw(call) => raw::send(host, call).await?,
        })
    }
}

/// Sends all cases; panics with every one that is not refused as wanted. Gives how many there were.
pub async fn all_are_refused(host: &Host, client: &Client, cases: Vec<Case>) -> usize {
    let mut wrong = Vec::new();
    let count = cases.len();
    for Case { name, call, wanted } in cases {
        let job = call.job().to_owned();
        match call.send(host, client).await {
            Ok(answer) => wrong.push(format!("{name}: answered {answer}")),
            Err(status) => {
                if let Err(difference) = wanted.check(&status, &job) {
                    wrong.push(format!(
                        "{name}: {difference}\n    {:?}: {}",
                        status.code(),
                        status.message()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    count
}
