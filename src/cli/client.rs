//! The client side: a channel to a host, and a small runtime to use it in.

use std::process::ExitCode;
use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

use super::ClientArgs;
use super::exit::Problem;
use crate::grpc::proto::driver_manager_service_client::DriverManagerServiceClient;

/// The client of a Kernel.
pub(super) type Client = DriverManagerServiceClient<Channel>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// As large as a host's answers get by default, with room for a larger setting.
const MAX_MESSAGE: usize = 256 << 20;

/// Connects to the endpoint.
pub(super) async fn connect(args: &ClientArgs) -> Result<Client, Problem> {
    let unreachable = |error: tonic::transport::Error| {
        let mut causes = String::new();
        let mut next = std::error::Error::source(&error);
        while let Some(cause) = next {
            causes.extend([": ", &cause.to_string()]);
            next = cause.source();
        }
        Problem::Unreachable(format!(
            "no host answers at {}: {error}{causes}\n  start one with `driver-manager serve`, or name another with --endpoint",
            args.endpoint
        ))
    };
    let endpoint = Endpoint::from_shared(args.endpoint.clone())
        .map_err(|error| Problem::Usage(format!("--endpoint {}: {error}", args.endpoint)))?;
    let channel = endpoint.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(unreachable)?;
    Ok(Client::new(channel).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE))
}

/// Runs a client command to its end.
pub(super) fn block_on(
    command: impl Future<Output = Result<ExitCode, Problem>>,
) -> Result<ExitCode, Problem> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Host(format!("cannot start: {error}")))?
        .block_on(command)
}
