//! The operators' gRPC server: bounds, health, reflection, and an end that no watcher holds up.

use std::sync::Arc;

use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use super::listener::{Kind, Listener};
use super::proto::driver_admin_service_server::DriverAdminServiceServer;
use super::service::Service;
use super::upload::Bounds;
use crate::config::Config;
use crate::dispatch::Dispatcher;
use crate::grpc::ServeError;
use crate::plugin::Manager;
use crate::telemetry::log::Levels;

/// The service's full name, as health checks use it.
const SERVICE: &str = "eigen.driver_manager.admin.v1.DriverAdminService";
/// Largest message: a chunk of an artifact, or a header with a manifest.
const MAX_MESSAGE: usize = 4 << 20;

/// A server that has everything but its listener.
pub struct Server {
    bounds: Bounds,
    max_in_flight: usize,
    manager: Arc<Manager>,
    dispatcher: Arc<Dispatcher>,
    levels: Option<Levels>,
}

impl Server {
    /// A server for this manager, for the breakers of this dispatcher, and for the levels of the log.
    pub fn new(
        config: &Config,
        manager: Arc<Manager>,
        dispatcher: Arc<Dispatcher>,
        levels: Option<Levels>,
    ) -> Self {
        let bounds = Bounds {
            artifact: config.wasm.max_component.as_usize(),
            text: config.plugins.max_manifest.as_usize(),
        };
        Self { bounds, max_in_flight: config.admin.max_in_flight, manager, dispatcher, levels }
    }

    /// Serves until `stop`. Changes that are under way are finished by the manager, whoever still listens.
    ///
    /// # Errors
    /// If the transport fails.
    pub async fn serve(self, listener: Listener, stop: CancellationToken) -> Result<(), ServeError> {
        let reporter = HealthReporter::new();
        for service in ["", SERVICE] {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        let health = tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(reporter.clone()),
        );
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(super::proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        let parts = (self.manager, self.dispatcher, self.levels);
        let service = Service::new(parts, self.bounds, self.max_in_flight, stop.clone());
        let service = DriverAdminServiceServer::new(service).max_decoding_message_size(MAX_MESSAGE);
        let router = tonic::transport::Server::builder()
            .add_service(health)
            .add_service(reflection)
            .add_service(service);
        let ended = async {
            stop.cancelled().await;
            let mut reporter = reporter;
            for service in ["", SERVICE] {
                reporter.clear_service_status(service).await;
            }
        };
        match listener.kind {
            Kind::Unix(listener, file) => {
                let incoming = UnixListenerStream::new(listener);
                router.serve_with_incoming_shutdown(incoming, ended).await?;
                drop(file);
            }
            Kind::Tcp(listener) => {
                let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
                router.serve_with_incoming_shutdown(incoming, ended).await?;
            }
        }
        Ok(())
    }
}
