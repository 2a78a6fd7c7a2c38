//! From a URL's host to a connection: the name is looked up once, and the address that was checked is the one
//! that is connected to. So a name that is looked up again and means something else by then changes nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use super::Error;
use super::policy::Policy;
use super::zone::zone;

/// Makes the connections of one driver.
#[derive(Clone)]
pub(super) struct Dial {
    pub(super) policy: Arc<Policy>,
    pub(super) timeout: Duration,
}

impl Service<Uri> for Dial {
    type Response = TokioIo<TcpStream>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { policy, timeout } = self.clone();
        Box::pin(async move { dial(&policy, &uri, timeout).await.map(TokioIo::new) })
    }
}

/// Connects to where a URL's host is, if that is where it may be.
pub(super) async fn dial(policy: &Policy, uri: &Uri, timeout: Duration) -> Result<TcpStream, Error> {
    let connected = tokio::time::timeout(timeout, connect(policy, uri)).await;
    connected.unwrap_or(Err(Error::Timeout("egress.connect_timeout")))
}

async fn connect(policy: &Policy, uri: &Uri) -> Result<TcpStream, Error> {
    let granted = policy.zones(uri);
    let found = addresses(uri).await?;
    let allowed = |address: &SocketAddr| zone(address.ip()).is_some_and(|zone| granted.contains(&zone));
    let mut last = Error::Prohibited;
    for address in found.into_iter().filter(allowed) {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A head and a short body should not wait for one another.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = Error::NoConnection(kind(&error)),
        }
    }
    Err(last)
}

async fn addresses(uri: &Uri) -> Result<Vec<SocketAddr>, Error> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let encrypted = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = tokio::net::lookup_host((host, port)).await;
    Ok(found.map_err(|error| Error::NoAddress(error.to_string()))?.collect())
}

/// The address itself is not told: what it is may be nobody's business but the operator's.
fn kind(error: &io::Error) -> String {
    error.kind().to_string()
}
