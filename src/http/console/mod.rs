//! The console: one page for people, and the state that it shows.
//!
//! The page is inside the binary and asks for nothing but `/console/state`, once a second. The invariant: it
//! looks and changes nothing, runs no script but its own (Content-Security-Policy, Trusted Types), and what a
//! driver says of itself gets into it as text only.

mod look;
mod view;

use std::sync::Arc;

use axum::extract::State as FromState;
use axum::http::header::{self, HeaderName};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

pub use view::{Breaker, Device, Driver, Event, Generation, Pool, Rows, Second, View};

use super::server::State;

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The page and what belongs to it.
pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/", get(async || page("text/html; charset=utf-8", include_str!("index.html"))))
        .route("/console/console.css", get(async || page("text/css", include_str!("console.css"))))
        .route("/console/console.js", get(async || page("text/javascript", include_str!("console.js"))))
        .route("/console/icon.svg", get(async || page("image/svg+xml", include_str!("icon.svg"))))
        .route("/console/state", get(state))
}

fn page(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], headers(), text)
}

async fn state(FromState(state): FromState<Arc<State>>) -> impl IntoResponse {
    (headers(), Json(look::at(&state)))
}

/// A page of an older binary must not meet the state of a newer one, so nothing is kept.
fn headers() -> [(HeaderName, &'static str); 5] {
    [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ]
}
