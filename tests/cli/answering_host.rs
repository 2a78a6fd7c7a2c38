//! A host that answers with the status a device is named after: statuses that need a provider's account
//! to come about are told apart by the client all the same.

use std::net::SocketAddr;

use driver_manager::grpc::proto::driver_manager_service_server::{
    DriverManagerService, DriverManagerServiceServer,
};
use driver_manager::grpc::proto::{
    CalibrateDeviceRequest, CalibrateDeviceResponse, ExecuteCircuitRequest, ExecuteCircuitResponse,
    GetDeviceStatusRequest, GetDeviceStatusResponse, ListDevicesRequest, ListDevicesResponse,
};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

/// Answers with a status.
struct Answering;

fn said<T>(device: &str) -> Result<Response<T>, Status> {
    Err(Status::new(Code::from(device.parse::<i32>().unwrap()), "as you wish"))
}

#[tonic::async_trait]
impl DriverManagerService for Answering {
    async fn list_devices(
        &self,
        _request: Request<ListDevicesRequest>,
    ) -> Result<Response<ListDevicesResponse>, Status> {
        Err(Status::unimplemented("no devices"))
    }

    async fn get_device_status(
        &self,
        request: Request<GetDeviceStatusRequest>,
    ) -> Result<Response<GetDeviceStatusResponse>, Status> {
        said(&request.get_ref().device_id)
    }

    async fn execute_circuit(
        &self,
        request: Request<ExecuteCircuitRequest>,
    ) -> Result<Response<ExecuteCircuitResponse>, Status> {
        said(&request.get_ref().device_id)
    }

    async fn calibrate_device(
        &self,
        request: Request<CalibrateDeviceRequest>,
    ) -> Result<Response<CalibrateDeviceResponse>, Status> {
        said(&request.get_ref().device_id)
    }
}

/// Starts it; it lives as long as the runtime of the test.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = DriverManagerServiceServer::new(Answering);
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
    address
}
