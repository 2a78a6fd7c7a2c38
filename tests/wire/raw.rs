//! Below the messages: bytes that are no protobuf, and calls that are none of ours.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::support::host::Host;

const EXECUTE: &str = "/eigen.internal.v1.DriverManagerService/ExecuteCircuit";

/// What a call ends with: `grpc-status` of headers or trailers.
pub async fn call(host: &Host, path: &str, headers: &[(&'static str, &str)], body: Vec<u8>) -> Option<u32> {
    let stream = TcpStream::connect(host.grpc).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let uri: Uri = format!("http://{}{path}", host.grpc).parse().unwrap();
    let mut request = Request::post(uri).header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.ok()?;
    let number = |headers: &http::HeaderMap| headers.get("grpc-status")?.to_str().ok()?.parse().ok();
    let in_headers = number(response.headers());
    let trailers = response.into_body().collect().await.ok()?.trailers().cloned();
    in_headers.or_else(|| number(&trailers?))
}

/// A message in gRPC's frame: a flag, four bytes of length, the bytes.
fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flag], &length[..], message].concat()
}

const GRPC: (&str, &str) = ("content-type", "application/grpc");

/// A name, a path, headers, a body, and the statuses that the call may end with.
type Call = (&'static str, &'static str, Vec<(&'static str, &'static str)>, Vec<u8>, &'static [u32]);

/// Every call.
pub fn calls() -> Vec<Call> {
    let cut = frame(0, b"\x0a\xff\xff\xff\xff\x0f");
    vec![
        (
            "no such method",
            "/eigen.internal.v1.DriverManagerService/Explode",
            vec![GRPC],
            frame(0, b""),
            &[12],
        ),
        ("no such service", "/eigen.internal.v2.Other/ExecuteCircuit", vec![GRPC], frame(0, b""), &[12]),
        ("no method at all", "/", vec![GRPC], frame(0, b""), &[12]),
        ("no protobuf", EXECUTE, vec![GRPC], frame(0, b"\xff\xff\xff\xff"), &[3]),
        ("a field cut short", EXECUTE, vec![GRPC], cut, &[3]),
        ("text that is not UTF-8", EXECUTE, vec![GRPC], frame(0, b"\x0a\x02\xc3\x28"), &[3]),
        ("compressed, without saying how", EXECUTE, vec![GRPC], frame(1, b"abc"), &[3, 12]),
        ("a strange frame", EXECUTE, vec![GRPC], frame(7, b""), &[3]),
        ("a frame cut short", EXECUTE, vec![GRPC], vec![0, 0, 0], &[3]),
        ("no message", EXECUTE, vec![GRPC], Vec::new(), &[3, 12]),
        ("two messages", EXECUTE, vec![GRPC], [frame(0, b""), frame(0, b"")].concat(), &[3, 12]),
        ("an unknown encoding", EXECUTE, vec![GRPC, ("grpc-encoding", "zip")], frame(0, b""), &[3, 12]),
    ]
}
