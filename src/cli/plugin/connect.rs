//! A channel to a host's edge for operators.

use std::path::PathBuf;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::super::exit::Problem;
use super::AdminArgs;
use crate::app;
use crate::config::{AdminBind, Config};
use crate::grpc::admin::proto::driver_admin_service_client::DriverAdminServiceClient;

/// An operator's client.
pub(in crate::cli) type Client = DriverAdminServiceClient<Channel>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects to the address given, or to the default socket of a host of the same user.
pub(in crate::cli) async fn connect(args: &AdminArgs) -> Result<Client, Problem> {
    let address = match &args.admin {
        Some(text) => {
            AdminBind::read(text).map_err(|problem| Problem::Usage(format!("--admin: {problem}")))?
        }
        None => app::default_admin(app::state_dir(&Config::default()).as_deref()).ok_or_else(|| {
            Problem::Usage("name the host with --admin: this user has no home folder".to_owned())
        })?,
    };
    let unreachable = |cause: String| {
        Problem::Unreachable(format!(
            "no host answers operators at {address}: {cause}\n  start one with `driver-manager serve`, or name another with --admin"
        ))
    };
    let channel = match &address {
        AdminBind::Tcp(address) => Endpoint::from_shared(format!("http://{address}"))
            .map_err(|error| unreachable(error.to_string()))?
            .connect_timeout(CONNECT_TIMEOUT)
            .connect()
            .await
            .map_err(|error| unreachable(causes(&error)))?,
        AdminBind::Unix(path) => unix(path.clone()).await.map_err(|error| unreachable(causes(&error)))?,
    };
    Ok(Client::new(channel))
}

/// The address in the URI is a formality: the socket is what is connected to.
async fn unix(path: PathBuf) -> Result<Channel, tonic::transport::Error> {
    let connector = service_fn(move |_| {
        let path = path.clone();
        async move { UnixStream::connect(path).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost")
        .connect_timeout(CONNECT_TIMEOUT)
        .connect_with_connector(connector)
        .await
}

fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(error.source(), |error| error.source());
    std::iter::once(error.to_string()).chain(chain.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
