//! Below the messages: bytes that are no protobuf, and calls that are none of ours.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tonic::{Code, Status};
use tower::{Service as _, ServiceExt as _};

use crate::case::{Call, Case};
use crate::support::host::Host;
use crate::wanted::{Wanted, invalid, unimplemented};

const EXECUTE: &str = "/eigen.internal.v1.DriverManagerService/ExecuteCircuit";
/// The refusal of bytes that are no message.
const NO_MESSAGE: Wanted = invalid("the bytes are no message of this call's type");

/// A call as it goes over HTTP/2.
#[derive(Debug, Clone)]
pub struct RawCall {
    /// Of the URL.
    pub path: &'static str,
    /// Beside those that gRPC demands.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Of the request, frames and all.
    pub body: Vec<u8>,
}

/// Sends a call over a connection of its own; gives what came if it was not refused.
pub async fn send(host: &Host, call: RawCall) -> Result<String, Status> {
    let mut request = http::Request::post(format!("{}{}", host.endpoint(), call.path))
        .header("te", "trailers")
        .header("content-type", "application/grpc");
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    let body = tonic::body::Body::new(axum::body::Body::from(call.body));
    let mut channel = host.channel().await;
    let sent = channel.ready().await.unwrap().call(request.body(body).unwrap());
    let response = sent.await.map_err(|error| Status::unknown(error.to_string()))?;
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != Code::Ok => Err(status),
        _ => Ok(format!("{response:?}")),
    }
}

/// A message in gRPC's frame: a flag, four bytes of length, the bytes.
fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flag], &length[..], message].concat()
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let case = |name: &str, path, headers, body, wanted| Case {
        name: name.to_owned(),
        call: Call::Raw(RawCall { path, headers, body }),
        wanted,
    };
    let nowhere = |path| case(path, path, vec![], frame(0, b""), unimplemented("no such method"));
    let broken = |name, body| case(name, EXECUTE, vec![], body, NO_MESSAGE);
    let empty = frame(0, b"");
    let mut cases = vec![
        nowhere("/eigen.internal.v1.DriverManagerService/Explode"),
        nowhere("/eigen.internal.v1.DriverManagerService/executecircuit"),
        nowhere("/eigen.internal.v2.Other/ExecuteCircuit"),
        nowhere("/eigen.internal.v1.DriverManagerService"),
        nowhere("/"),
        broken("no protobuf", frame(0, b"\xff\xff\xff\xff")),
        broken("a field cut short", frame(0, b"\x0a\xff\xff\xff\xff\x0f")),
        broken("a job id that is not UTF-8", frame(0, b"\x0a\x02\xc3\x28")),
        broken("a device id that is not UTF-8", frame(0, b"\x12\x01\xff")),
        broken("an option's key that is not UTF-8", frame(0, b"\x2a\x03\x0a\x01\xff")),
        broken("an option's value that is not UTF-8", frame(0, b"\x2a\x06\x0a\x01a\x12\x01\x80")),
        broken("a field of another type", frame(0, b"\x08\x01")),
        broken("a group that never ends", frame(0, b"\x33\x33\x33\x33")),
        broken("field number 0", frame(0, b"\x00\x01")),
        broken("a number of eleven bytes", frame(0, &[&[0x20][..], &[0xff; 11]].concat())),
        broken("groups within groups", frame(0, &[0x33; 100_000])),
        broken("compressed, without saying how", frame(1, b"abc")),
        broken("a strange frame", frame(7, b"")),
        broken("half a frame's head", vec![0, 0, 0]),
        broken("half a frame", frame(0, b"\x0a\x03abc")[..7].to_vec()),
        broken("no message", Vec::new()),
        case("an empty message", EXECUTE, vec![], empty.clone(), invalid("device_id: field is required")),
        case("two messages", EXECUTE, vec![], [&empty[..], &empty].concat(), invalid("validation failed")),
        case("an unknown encoding", EXECUTE, vec![("grpc-encoding", "zip")], empty, unimplemented("zip")),
    ];
    let mut random = StdRng::seed_from_u64(1);
    for number in 0..16 {
        let mut bytes = vec![0; 1 << (number % 8)];
        random.fill(&mut bytes[..]);
        // No message, or one of unknown fields only, which lacks everything.
        let name = format!("random bytes {bytes:02x?}");
        cases.push(case(&name, EXECUTE, vec![], frame(0, &bytes), invalid("")));
    }
    cases
}

#[tokio::test]
async fn a_refusal_by_the_transport_carries_the_callers_correlation_id_and_trace() {
    let host = Host::start("plugins: {directories: []}").await;
    let headers = vec![("x-correlation-id", "corr-9"), ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")];
    for body in [frame(0, b"\xff\xff"), frame(1, b"")] {
        let call = RawCall { path: EXECUTE, headers: headers.clone(), body };
        let status = send(&host, call).await.unwrap_err();
        let details = crate::support::details::Details::of(&status, "").unwrap();
        assert_eq!(details.said("correlation_id"), "corr-9");
        assert_eq!(details.said("trace"), "trace://4bf92f3577b34da6a3ce929d0e0e4736");
    }
    let headers = vec![("grpc-encoding", "zip")];
    let status = send(&host, RawCall { path: EXECUTE, headers, body: frame(1, b"") }).await.unwrap_err();
    assert!(
        status.metadata().contains_key("grpc-accept-encoding"),
        "what is accepted is not told: {status:?}"
    );
}
