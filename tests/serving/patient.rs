//! A client that leaves the deadline to the host.
//!
//! Tonic's channel enforces a request's `grpc-timeout` itself and may give up a moment before the host's
//! answer, with its details, has arrived. This one sends the same bytes and waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use driver_manager::grpc::proto::driver_manager_service_client::DriverManagerServiceClient;
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::body::Body;
use tower::Service;

use crate::support::host::Host;

/// One HTTP/2 connection.
#[derive(Clone)]
pub struct Patient(SendRequest<Body>);

/// A client on a connection of its own.
pub async fn client(host: &Host) -> DriverManagerServiceClient<Patient> {
    let stream = TcpStream::connect(host.grpc).await.unwrap();
    // Else the body of a request waits for the acknowledgement of its head.
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    DriverManagerServiceClient::with_origin(Patient(sender), host.endpoint().parse().unwrap())
}

impl Service<http::Request<Body>> for Patient {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = hyper::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<hyper::Result<()>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
