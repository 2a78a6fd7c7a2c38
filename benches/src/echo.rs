//! The yardstick: the cheapest server that speaks the Kernel's messages.
//!
//! It reads each request as far as the generated code does, and answers every execution with the same
//! histogram, as large as the host's own answer to a Bell circuit. What a call costs here is the price of
//! gRPC itself on this machine, client included; what it costs more at the host is the host's.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::proto;
use crate::proto::driver_manager_service_server::{DriverManagerService, DriverManagerServiceServer};

/// What the host says about a Bell circuit, for an answer of the same size.
const METADATA: [(&str, &str); 10] = [
    ("aqo_version", "1.0.0"),
    ("bitstring_order", "msb_first_by_classical_index"),
    ("circuit_hash", "0000000000000000000000000000000000000000000000000000000000000000"),
    ("circuit_hash_of", "aqo"),
    ("driver", "simulator"),
    ("driver_generation", "1"),
    ("provider_profile", "simulator"),
    ("qubits", "2"),
    ("seed", "7"),
    ("shots", "1024"),
];

/// Serves on a free loopback port, says which on standard output in the host's words, and ends when
/// standard input does.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no free loopback port")?;
    writeln!(std::io::stdout(), "ready grpc={}", listener.local_addr()?)?;
    std::thread::spawn(|| {
        // Nobody writes here: the read returns when whoever started us is gone.
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    tonic::transport::Server::builder()
        .add_service(DriverManagerServiceServer::new(Echo { answer: answer() }))
        .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
        .await
        .context("the bare server failed")
}

struct Echo {
    answer: proto::ExecuteCircuitResponse,
}

fn answer() -> proto::ExecuteCircuitResponse {
    proto::ExecuteCircuitResponse {
        counts: [("00".to_owned(), 494), ("11".to_owned(), 530)].into(),
        execution_time_sec: 0.000_01,
        metadata: METADATA.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

#[tonic::async_trait]
impl DriverManagerService for Echo {
    async fn execute_circuit(
        &self,
        _: Request<proto::ExecuteCircuitRequest>,
    ) -> Result<Response<proto::ExecuteCircuitResponse>, Status> {
        Ok(Response::new(self.answer.clone()))
    }

    async fn list_devices(
        &self,
        _: Request<proto::ListDevicesRequest>,
    ) -> Result<Response<proto::ListDevicesResponse>, Status> {
        Err(not_measured())
    }

    async fn get_device_status(
        &self,
        _: Request<proto::GetDeviceStatusRequest>,
    ) -> Result<Response<proto::GetDeviceStatusResponse>, Status> {
        Err(not_measured())
    }

    async fn calibrate_device(
        &self,
        _: Request<proto::CalibrateDeviceRequest>,
    ) -> Result<Response<proto::CalibrateDeviceResponse>, Status> {
        Err(not_measured())
    }
}

fn not_measured() -> Status {
    Status::unimplemented("the bare server only answers executions")
}
