//! The gRPC server: transport limits, health, reflection, and an orderly end.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tower::layer::layer_fn;

use super::proto;
use super::proto::driver_manager_service_server::DriverManagerServiceServer;
use super::service::Service;
use super::transport::Edge;
use crate::config::Grpc;
use crate::dispatch::Dispatcher;
use crate::telemetry::Telemetry;

/// The service's full name, as health checks use it.
const SERVICE: &str = "eigen.internal.v1.DriverManagerService";
/// Before a driver's name, as health checks use it.
const DRIVER: &str = "driver/";

/// The server could not be set up or died.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptors do not load: a defect of the build.
    #[error("reflection cannot start: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the gRPC server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Says over `grpc.health.v1` whether the service serves, and how each driver is.
#[derive(Clone)]
pub struct Health {
    reporter: HealthReporter,
    /// Drivers that were told of.
    drivers: Arc<Mutex<BTreeSet<String>>>,
}

impl Health {
    /// Publishes the status, for the whole server and for the service.
    pub async fn set_serving(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.reporter.set_service_status("", status).await;
        self.reporter.set_service_status(SERVICE, status).await;
    }

    /// Publishes whether enough drivers can work, for the service alone: the server itself is up.
    pub async fn set_ready(&self, ready: bool) {
        let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.reporter.set_service_status(SERVICE, status).await;
    }

    /// Publishes how each driver is, as `driver/NAME`; one that is gone is no longer known.
    pub async fn set_drivers(&mut self, drivers: impl Iterator<Item = (String, bool)>) {
        let mut told = self.drivers.lock().await;
        let mut gone = std::mem::take(&mut *told);
        for (name, ready) in drivers {
            let service = format!("{DRIVER}{name}");
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            self.reporter.set_service_status(&service, status).await;
            gone.remove(&service);
            told.insert(service);
        }
        for service in gone {
            self.reporter.clear_service_status(&service).await;
        }
    }

    /// Ends all watches, after their last word: they never end by themselves, and the drain would wait.
    pub async fn end_watches(mut self) {
        for service in ["", SERVICE] {
            self.reporter.clear_service_status(service).await;
        }
        for service in std::mem::take(&mut *self.drivers.lock().await) {
            self.reporter.clear_service_status(&service).await;
        }
    }
}

/// A server that has everything but its listener.
pub struct Server {
    config: Grpc,
    dispatcher: Arc<Dispatcher>,
    telemetry: Telemetry,
    reporter: HealthReporter,
}

impl Server {
    /// A server for this dispatcher; not serving until told so.
    pub fn new(config: Grpc, dispatcher: Arc<Dispatcher>, telemetry: Telemetry) -> Self {
        Self { config, dispatcher, telemetry, reporter: HealthReporter::new() }
    }

    /// The switch for `grpc.health.v1`.
    pub fn health(&self) -> Health {
        Health { reporter: self.reporter.clone(), drivers: Arc::default() }
    }

    /// Serves until `stop`, then lets calls in flight finish; returns when the last has ended.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> Result<(), ServeError> {
        let health = tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(self.reporter),
        );
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        let limit = self.config.max_message;
        let service = DriverManagerServiceServer::new(Service::new(self.dispatcher, self.telemetry))
            .max_decoding_message_size(limit.as_usize())
            .max_encoding_message_size(limit.as_usize());
        tonic::transport::Server::builder()
            .max_concurrent_streams(self.config.max_concurrent_streams)
            .http2_max_header_list_size(
                u32::try_from(self.config.max_header_list.bytes()).unwrap_or(u32::MAX),
            )
            .http2_keepalive_interval(Some(self.config.keepalive_interval))
            .http2_keepalive_timeout(Some(self.config.keepalive_timeout))
            .layer(layer_fn(move |service| Edge::new(service, limit)))
            .add_service(health)
            .add_service(reflection)
            .add_service(service)
            .serve_with_incoming_shutdown(
                TcpIncoming::from(listener).with_nodelay(Some(true)),
                stop.cancelled_owned(),
            )
            .await?;
        Ok(())
    }
}
