//! A provider that fails a few times, and keeps the trace headers that it got.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use tokio::net::TcpListener;

pub struct Provider {
    pub address: SocketAddr,
    traceparents: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    /// Answers 503 so many times, then 200.
    pub async fn failing(times: usize) -> Self {
        let traceparents = Arc::new(Mutex::new(Vec::new()));
        let (told, asked) = (Arc::clone(&traceparents), Arc::new(AtomicUsize::new(0)));
        let answer = move |headers: HeaderMap| {
            let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
            told.lock().unwrap().push(traceparent.unwrap_or_default().to_owned());
            let failing = asked.fetch_add(1, Ordering::SeqCst) < times;
            std::future::ready(if failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK })
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(any(answer));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, traceparents }
    }

    /// One a request, "" without.
    pub fn traceparents(&self) -> Vec<String> {
        self.traceparents.lock().unwrap().clone()
    }
}
