//! Refusals by the transport itself get a status with details, like everything else.
//!
//! It refuses before any handler runs, with a bare status: `OUT_OF_RANGE` for a message over its limit,
//! `INTERNAL` for bytes that are no message, `UNIMPLEMENTED` for methods and encodings that it does not
//! know. Everything of ours has details, so that a bare status of these is the transport's.

use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, Request, Response};
use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Status};
use tower::Service;

use super::caller::{Arrival, Caller};
use super::status::{About, status};
use crate::config::ByteSize;
use crate::model::{Failure, FailureKind, FieldViolation};

/// The headers that a status speaks of.
const SPOKEN_OF: [&str; 4] = ["x-correlation-id", "x-request-id", "traceparent", "trace_id"];
/// What a refusal of an encoding has to say in a header.
const ACCEPTED: &str = "grpc-accept-encoding";

/// A service whose requests carry the time of their arrival, and whose transport's refusals are explained.
#[derive(Clone)]
pub(super) struct Edge<S> {
    inner: S,
    limit: ByteSize,
}

impl<S> Edge<S> {
    /// Around a service that takes messages up to `limit`.
    pub(super) fn new(inner: S, limit: ByteSize) -> Self {
        Self { inner, limit }
    }
}

impl<S, B, R> Service<Request<B>> for Edge<S>
where
    S: Service<Request<B>, Response = Response<R>, Future: Send + 'static>,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let limit = self.limit;
        let given = |name| Some((HeaderName::from_static(name), request.headers().get(name)?.clone()));
        let given: HeaderMap = SPOKEN_OF.into_iter().filter_map(given).collect();
        let answer = self.inner.call(Arrival::stamp(request));
        answer.map(move |answer| answer.map(|response| explain(response, given, limit))).boxed()
    }
}

/// Replaces a refusal of the transport; every other response passes unchanged.
fn explain<B: Default>(mut response: Response<B>, given: HeaderMap, limit: ByteSize) -> Response<B> {
    let bare = Status::from_header_map(response.headers()).filter(|status| status.details().is_empty());
    let Some(failure) = bare.and_then(|status| refusal(&status, limit)) else { return response };
    let caller = Caller::new(&MetadataMap::from_headers(given), &Extensions::default());
    let trace = caller.traced.then_some(caller.trace.trace_id.as_str());
    let about = About { correlation: &caller.correlation_id, job: "", trace };
    let mut explained = status(&failure, &about).into_http();
    if let Some(accepted) = response.headers_mut().remove(ACCEPTED) {
        explained.headers_mut().insert(ACCEPTED, accepted);
    }
    explained
}

fn refusal(bare: &Status, limit: ByteSize) -> Option<Failure> {
    match bare.code() {
        Code::OutOfRange => {
            let text = format!("the message is larger than `grpc.max_message` allows ({limit})");
            Some(Failure::new(FailureKind::Capacity, text))
        }
        Code::Internal => {
            let text = "the bytes are no message of this call's type (gRPC frame, protobuf, UTF-8)";
            let mut failure = Failure::new(FailureKind::InvalidRequest, text)
                .from_provider("")
                .remedy("Build the client from the .proto files of this host's version.");
            let description = bare.message().to_owned();
            failure.violations.push(FieldViolation { field: "message".to_owned(), description });
            Some(failure)
        }
        Code::Unimplemented => {
            let text = if bare.message().is_empty() { "there is no such method" } else { bare.message() };
            let failure = Failure::new(FailureKind::Unimplemented, text);
            Some(
                failure
                    .remedy("Ask server reflection for the methods there are; send messages uncompressed."),
            )
        }
        _ => None,
    }
}
