//! `/metrics`, `/livez`, `/readyz`, `/healthz` and the console over HTTP/1.1.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use axum::extract::State as FromState;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{NOT_SERVING, console, health};
use crate::config::{Console, Http};
use crate::dispatch::Dispatcher;
use crate::plugin::Manager;
use crate::telemetry::Telemetry;
use crate::telemetry::metrics::OPENMETRICS_CONTENT_TYPE;

/// What the endpoints tell about.
pub struct State {
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) manager: Arc<Manager>,
    telemetry: Telemetry,
    serving: AtomicBool,
    /// Why the host is not ready, as of the last look at its drivers.
    unready: ArcSwapOption<String>,
    /// Things an operator should know that are no failure, such as a fallback at start-up.
    pub(super) notes: Vec<String>,
    pub(super) console: Console,
}

impl State {
    /// Not serving yet.
    pub fn new(
        (dispatcher, manager): (Arc<Dispatcher>, Arc<Manager>),
        telemetry: Telemetry,
        notes: Vec<String>,
        console: Console,
    ) -> Arc<Self> {
        let (serving, unready) = (AtomicBool::new(false), ArcSwapOption::empty());
        Arc::new(Self { dispatcher, manager, telemetry, serving, unready, notes, console })
    }

    /// Says whether requests are taken.
    pub fn set_serving(&self, serving: bool) {
        self.serving.store(serving, Ordering::Release);
    }

    /// Says whether enough drivers can work, and if not, why.
    pub fn set_ready(&self, ready: Result<(), String>) {
        self.unready.store(ready.err().map(Arc::new));
    }

    /// Whether requests are taken and can be answered, and if not, why.
    pub(super) fn ready(&self) -> Result<(), String> {
        if !self.serving.load(Ordering::Acquire) {
            return Err(NOT_SERVING.to_owned());
        }
        if self.dispatcher.drivers().active().next().is_none() {
            return Err("no driver is in service".to_owned());
        }
        self.unready.load().as_ref().map_or(Ok(()), |why| Err(String::clone(why)))
    }
}

/// The HTTP server.
pub struct Server {
    config: Http,
    state: Arc<State>,
}

impl Server {
    /// A server that tells about this state.
    pub fn new(config: Http, state: Arc<State>) -> Self {
        Self { config, state }
    }

    /// Serves until `stop`, then answers what has been asked.
    ///
    /// Connections are bounded in number and in silence: a probe must not wait for a peer that forgot
    /// to hang up.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let pages = if self.state.console.enabled { console::routes() } else { Router::new() };
        let router = pages
            .route("/metrics", get(metrics))
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(readyz))
            .route("/healthz", get(healthz))
            .with_state(self.state);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.config.header_timeout);
        let room = Arc::new(Semaphore::new(self.config.max_connections));
        let connections = GracefulShutdown::new();
        let mut listener = listener;
        while let Some((stream, place)) = stop.run_until_cancelled(accept(&mut listener, &room)).await {
            let service = TowerToHyperService::new(router.clone());
            let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                // A peer that breaks off, or is too slow, is nobody's concern but its own.
                let _ = connection.await;
                drop(place);
            });
        }
        connections.shutdown().await;
        Ok(())
    }
}

/// The next connection, once there is room for it. Failures to accept are retried by axum's listener.
async fn accept(
    listener: &mut TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let place = Arc::clone(room).acquire_owned().await.ok();
    (Listener::accept(listener).await.0, place)
}

async fn metrics(FromState(state): FromState<Arc<State>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPENMETRICS_CONTENT_TYPE)], state.telemetry.metrics().encode())
}

async fn readyz(FromState(state): FromState<Arc<State>>) -> Response {
    match state.ready() {
        Ok(()) => "ok\n".into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn healthz(FromState(state): FromState<Arc<State>>) -> Response {
    let serving = state.serving.load(Ordering::Acquire);
    let report = health::report(&state.dispatcher, serving, &state.notes).await;
    let code = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(report)).into_response()
}
