//! A collector: the service of the protocol's own crate, over TCP, that keeps what it gets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

const PATIENCE: Duration = Duration::from_secs(25);

/// What was received.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<(MetadataMap, ExportTraceServiceRequest)>>>);

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.0.lock().unwrap().push((metadata, request));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A collector that listens.
pub struct Collector {
    pub address: SocketAddr,
    received: Received,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Received::default();
        let service = TraceServiceServer::new(received.clone());
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        Self { address, received }
    }

    /// The section of a host's config that sends everything here, without delay.
    pub fn section(&self) -> Value {
        json!({ "traces": { "endpoint": format!("http://{}", self.address), "interval": "20ms" } })
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let received = self.received.0.lock().unwrap();
        let resources = received.iter().flat_map(|(_, request)| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// Metadata and messages so far, as text with everything in it.
    pub fn everything(&self) -> String {
        format!("{:?}", self.received.0.lock().unwrap())
    }

    /// Attributes of the resource, of what came first.
    pub fn resource(&self) -> Vec<KeyValue> {
        let received = self.received.0.lock().unwrap();
        received[0].1.resource_spans[0].resource.clone().unwrap().attributes
    }

    /// The metadata of what came first.
    pub fn metadata(&self) -> MetadataMap {
        self.received.0.lock().unwrap()[0].0.clone()
    }

    /// The spans of a trace, once the one that ends last, that of the request, is there.
    pub async fn trace(&self, id: &str) -> Vec<Span> {
        let end = Instant::now() + PATIENCE;
        loop {
            let of_trace = |span: &Span| hex(&span.trace_id) == id;
            let spans: Vec<Span> = self.spans().into_iter().filter(of_trace).collect();
            // A span may be on its way while the next batch is: the request's is closed after all others.
            if spans.iter().any(|span| attribute(span, "rpc.method") != Value::Null) {
                return spans;
            }
            assert!(Instant::now() < end, "no trace {id} among {} spans", self.spans().len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Bytes as the log writes ids.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The value of an attribute; null if it is not there.
pub fn attribute(span: &Span, key: &str) -> Value {
    value(&span.attributes, key)
}

/// The value of a key.
pub fn value(attributes: &[KeyValue], key: &str) -> Value {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::IntValue(number)) => json!(number),
        Some(Any::BoolValue(truth)) => json!(truth),
        Some(Any::DoubleValue(number)) => json!(number),
        _ => Value::Null,
    }
}
