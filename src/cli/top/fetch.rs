//! The console's state of a host, over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::super::exit::Problem;
use crate::http::console::View;

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer, in bytes: far above what the largest `http.console.rows` makes of it.
const LONGEST: usize = 64 << 20;

/// A host that can be looked at.
pub(super) struct Host {
    client: Client<HttpConnector, Empty<Bytes>>,
    address: String,
    state: Uri,
}

impl Host {
    pub(super) fn at(address: &str) -> Result<Self, Problem> {
        let address = address.trim_end_matches('/');
        let wrong = |why: &dyn std::fmt::Display| {
            Problem::Usage(format!("--http {address}: {why}; give an address such as http://127.0.0.1:9092"))
        };
        let state: Uri = format!("{address}/console/state").parse().map_err(|error| wrong(&error))?;
        if state.scheme_str() != Some("http") {
            return Err(wrong(&"no address over http"));
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { client, address: address.to_owned(), state })
    }

    pub(super) async fn look(&self) -> Result<View, Problem> {
        let look = tokio::time::timeout(PATIENCE, self.ask());
        look.await.unwrap_or_else(|_| Err(self.silent(&format!("no answer within {PATIENCE:?}"))))
    }

    async fn ask(&self) -> Result<View, Problem> {
        let answer = self.client.get(self.state.clone()).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            self.silent(&format!("{error}{}", cause.unwrap_or_default()))
        })?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                let why = "its console is turned off (`http.console.enabled`), or it is another program";
                return Err(self.silent(why));
            }
            other => return Err(self.silent(&other.to_string())),
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| self.silent(&error.to_string()))?.to_bytes();
        serde_json::from_slice(&body)
            .map_err(|error| self.silent(&format!("its answer is not understood: {error}")))
    }

    fn silent(&self, why: &str) -> Problem {
        Problem::Unreachable(format!(
            "no host shows its state at {}: {why}\n  start one with `driver-manager serve`, or name another with --http",
            self.address
        ))
    }
}
