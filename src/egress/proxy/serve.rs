//! The proxy's connections: who asks, and for what.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, uri::Scheme};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::tunnel::{self, Tunnel};
use crate::egress::body::{Body, boxed};
use crate::egress::client::{Driver, Patience};
use crate::egress::error::Error;
use crate::secrets::Secret;

/// Connections for each request that may be under way: some lie idle.
const SPARE: usize = 2;
/// Room for the head of a request, at least: the server takes no less.
const SMALLEST_BUFFER: usize = 8192;
/// How long to wait when no connection can be accepted: it is the process that has no more descriptors.
const BREATH: std::time::Duration = std::time::Duration::from_millis(100);

/// Serves whoever connects, so many at a time; the others wait to be accepted.
pub(super) async fn listen(listener: TcpListener, driver: Arc<Driver>, wanted: Secret) {
    let places = Arc::new(Semaphore::new(driver.bounds().concurrent * SPARE));
    // They end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let (driver, wanted) = (Arc::clone(&driver), wanted.clone());
        connections.spawn(async move {
            serve(stream, driver, &wanted).await;
            drop(place);
        });
    }
}

/// One connection: requests one after the other, or a tunnel at last.
async fn serve(stream: TcpStream, driver: Arc<Driver>, wanted: &Secret) {
    let bounds = driver.bounds();
    // What is sent in small pieces through a tunnel should not wait.
    let _ = stream.set_nodelay(true);
    let opened: Mutex<Option<Tunnel>> = Mutex::default();
    let service = service_fn(|request: Request<Incoming>| {
        let (driver, opened) = (&driver, &opened);
        async move {
            let answer = if !is_known(&request, wanted) {
                stranger()
            } else if request.method() == Method::CONNECT {
                match tunnel::open(driver, request).await {
                    Ok(tunnel) => {
                        *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(tunnel);
                        Response::new(boxed(Full::default()))
                    }
                    Err(error) => refusal(&error),
                }
            } else {
                pass_on(driver, request).await
            };
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.idle_timeout)
        .max_buf_size(bounds.max_headers.as_usize().max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // What went wrong with a connection is its driver's business: it sees the end of it.
    if connection.await.is_ok()
        && let Some(tunnel) = opened.into_inner().unwrap_or_else(PoisonError::into_inner)
    {
        tunnel.run(&driver).await;
    }
}

/// Whether the credential is right. Digests are compared, so that time tells nothing of it.
fn is_known(request: &Request<Incoming>, wanted: &Secret) -> bool {
    let given = request.headers().get(header::PROXY_AUTHORIZATION).map(HeaderValue::as_bytes);
    let digest = |bytes: &[u8]| Sha256::digest(bytes);
    digest(given.unwrap_or_default()) == digest(wanted.reveal().as_bytes())
}

fn stranger() -> Response<Body> {
    let mut answer = said(StatusCode::PROXY_AUTHENTICATION_REQUIRED, "this proxy is a driver's own");
    let challenge = HeaderValue::from_static("Basic realm=\"egress\"");
    answer.headers_mut().insert(header::PROXY_AUTHENTICATE, challenge);
    answer
}

/// A request in plain HTTP: the host makes it, like those of any driver.
async fn pass_on(driver: &Arc<Driver>, request: Request<Incoming>) -> Response<Body> {
    if request.uri().scheme() != Some(&Scheme::HTTP) {
        return said(StatusCode::BAD_REQUEST, "this is a proxy: it takes `CONNECT`, and URLs with http");
    }
    let (bounds, now) = (driver.bounds(), Instant::now());
    let patience = Patience {
        first_byte: now + bounds.connect_timeout + bounds.first_byte_timeout,
        deadline: now + bounds.tunnel_lifetime,
        silence: None,
    };
    match Arc::clone(driver).send(request.map(boxed), patience).await {
        Ok(answer) => answer,
        Err(error) => refusal(&error),
    }
}

/// Why nothing came of it. Names alone: a cause may tell what is the operator's.
fn refusal(error: &Error) -> Response<Body> {
    let status = match error {
        Error::Denied(_) | Error::Prohibited => StatusCode::FORBIDDEN,
        Error::Crowded | Error::TooOften => StatusCode::TOO_MANY_REQUESTS,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
        Error::NoSecret { .. }
        | Error::NoAddress(_)
        | Error::NoConnection(_)
        | Error::Tls(_)
        | Error::Broken(_) => StatusCode::BAD_GATEWAY,
    };
    let text = match error {
        Error::Denied(_) => error.to_string(),
        _ => error.name().to_owned(),
    };
    said(status, &text)
}

fn said(status: StatusCode, text: &str) -> Response<Body> {
    let mut answer = Response::new(boxed(Full::new(Bytes::from(format!("{text}\n")))));
    *answer.status_mut() = status;
    answer
}
