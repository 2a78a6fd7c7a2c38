//! `wasi:http/outgoing-handler`: what a guest asks for goes to `egress`, and errors come back in its words.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use http_body_util::BodyExt as _;
use tracing::{Instrument as _, Span};
use wasmtime_wasi_http::{
    Error as WasiError, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};

use crate::egress::{Driver, Error, Patience, boxed};

/// A guest's way out during one call.
pub(super) struct Outbound {
    pub(super) way: Arc<Driver>,
    pub(super) deadline: Instant,
    /// Requests of this call that may have changed something outside. Kept by the host too: it must be known also of
    /// a guest that does not come back.
    pub(super) sent: Arc<AtomicUsize>,
}

type Worker = Box<dyn Future<Output = Result<(), WasiError>> + Send>;
type Answer = Result<(http::Response<WasiBody>, Worker), WasiError>;

impl WasiHttpHooks for Outbound {
    // SDKs set such headers: they are taken off in silence, on the way out.
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|_| false)
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Worker,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let way = Arc::clone(&self.way);
        let asked = options.as_ref().and_then(|options| {
            Some(options.connect_timeout.unwrap_or_default() + options.first_byte_timeout?)
        });
        // A driver may be more impatient than the operator, never less.
        let first_byte = asked.map_or(self.deadline, |asked| self.deadline.min(Instant::now() + asked));
        let silence = options.and_then(|options| options.between_bytes_timeout);
        let patience = Patience { first_byte, deadline: self.deadline, silence };
        let sent = (!request.method().is_safe()).then(|| Arc::clone(&self.sent));
        if let Some(sent) = &sent {
            sent.fetch_add(1, Ordering::Relaxed);
        }
        // It runs in a task of its own, and belongs to the call all the same.
        let call = Span::current();
        let exchange = async move {
            let answer = way.send(request.map(boxed), patience).await;
            if let (Some(sent), Err(error)) = (&sent, &answer)
                && error.is_before_sending()
            {
                sent.fetch_sub(1, Ordering::Relaxed);
            }
            let answer = answer.map_err(told)?;
            let body = |body: crate::egress::Body| body.map_err(told).boxed_unsync();
            let worker: Worker = Box::new(std::future::ready(Ok(())));
            Ok((answer.map(body), worker))
        };
        Box::new(exchange.instrument(call))
    }
}

/// In the words of the interface. Nothing is told of addresses or of the operator's rules.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn told(error: Error) -> WasiError {
    match error {
        Error::Denied(_) => WasiError::HttpRequestDenied,
        Error::Crowded | Error::TooOften => WasiError::ConnectionLimitReached,
        Error::NoSecret { .. } => WasiError::ConfigurationError,
        Error::NoAddress(_) => WasiError::DestinationNotFound,
        Error::Prohibited => WasiError::DestinationIpProhibited,
        Error::NoConnection(_) => WasiError::ConnectionRefused,
        Error::Tls(_) => WasiError::TlsCertificateError,
        Error::Timeout("egress.connect_timeout") => WasiError::ConnectionTimeout,
        Error::Timeout(_) => WasiError::HttpResponseTimeout,
        Error::TooLarge("egress.max_request_body") => WasiError::HttpRequestBodySize(None),
        Error::TooLarge(_) => WasiError::HttpResponseBodySize(None),
        Error::Broken(_) => WasiError::HttpProtocolError,
    }
}
