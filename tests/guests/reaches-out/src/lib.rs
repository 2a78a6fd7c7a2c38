//! Makes the outbound request that its options describe, and tells in the metadata what came of it.
//!
//! Options: `scheme` (`http`), `authority`, `path`, `method`, `send` (bytes of a body), `header.NAME`, and `then`
//! (`trap` or `sleep` afterwards; `fail` if the answer is a 5xx). Metadata:
//! `error`, or `status`, `bytes`, `text` (the beginning of the body), `cut` (why the body ended early), and
//! `header.NAME` for each header of the answer.

use std::time::Duration;

use fixture::Fault;
use fixture::sdk::{Error, ExecutionResult, Outcome, Request, Result, time};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

/// Bytes written or read at once.
const CHUNK: u64 = 4096;
/// Characters of the body that are told.
const TOLD: usize = 200;

#[derive(Default)]
struct ReachesOut;

impl Fault for ReachesOut {
    const NAME: &'static str = "reaches-out";

    #[expect(clippy::panic, reason = "an option may ask for it")]
    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let result = fixture::well(&request);
        let result = match exchange(&request) {
            Ok(answer) if answer.status() >= 500 && request.option("then") == Some("fail") => {
                return Err(Error::unavailable(format!("the provider answered {}", answer.status())));
            }
            Ok(answer) => read(result, &answer),
            Err(error) => result.metadata("error", error),
        };
        match request.option("then") {
            Some("trap") => panic!("as asked"),
            Some("sleep") => time::sleep(Duration::from_hours(1)),
            _ => {}
        }
        Ok(result.into())
    }
}

fn exchange(request: &Request) -> Result<IncomingResponse, String> {
    let option = |key: &str| request.option(key).unwrap_or_default();
    let headers = Fields::new();
    for (key, value) in &request.options {
        if let Some(name) = key.strip_prefix("header.") {
            headers.append(name, value.as_bytes()).map_err(|error| format!("{error:?}"))?;
        }
    }
    let outgoing = OutgoingRequest::new(headers);
    let method = match option("method") {
        "" | "GET" => Method::Get,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    };
    let scheme = if option("scheme") == "https" { Scheme::Https } else { Scheme::Http };
    let refused = |()| "refused while it was put together".to_owned();
    outgoing.set_method(&method).map_err(refused)?;
    outgoing.set_scheme(Some(&scheme)).map_err(refused)?;
    outgoing.set_authority(Some(option("authority"))).map_err(refused)?;
    outgoing.set_path_with_query(Some(option("path"))).map_err(refused)?;
    let body = outgoing.body().map_err(refused)?;
    let answer = outgoing_handler::handle(outgoing, None).map_err(|error| format!("{error:?}"))?;
    send(body, fixture::number(request, "send", 0))?;
    answer.subscribe().block();
    let answer = answer.get().ok_or("no answer")?.map_err(|()| "the answer was taken")?;
    answer.map_err(|error| format!("{error:?}"))
}

/// A body that cannot be sent to its end is no error here: the answer says why.
fn send(body: OutgoingBody, mut bytes: u64) -> Result<(), String> {
    let stream = body.write().map_err(|()| "no stream")?;
    while bytes > 0 {
        let now = bytes.min(CHUNK);
        if stream.blocking_write_and_flush(&vec![b'x'; now as usize]).is_err() {
            break;
        }
        bytes -= now;
    }
    drop(stream);
    // It fails with the request.
    let _ = OutgoingBody::finish(body, None);
    Ok(())
}

fn read(result: ExecutionResult, answer: &IncomingResponse) -> ExecutionResult {
    let mut result = result.metadata("status", answer.status().to_string());
    for (name, value) in answer.headers().entries() {
        result = result.metadata(format!("header.{name}"), String::from_utf8_lossy(&value));
    }
    let Ok(body) = answer.consume() else { return result.metadata("cut", "no body") };
    let Ok(stream) = body.stream() else { return result.metadata("cut", "no stream") };
    let (mut bytes, mut text) = (0u64, String::new());
    let cut = loop {
        match stream.blocking_read(CHUNK) {
            Ok(chunk) => {
                bytes += chunk.len() as u64;
                if text.len() < TOLD {
                    text += &String::from_utf8_lossy(&chunk);
                }
            }
            Err(StreamError::Closed) => break String::new(),
            Err(StreamError::LastOperationFailed(error)) => break error.to_debug_string(),
        }
    };
    let text: String = text.chars().take(TOLD).collect();
    result.metadata("bytes", bytes.to_string()).metadata("text", text).metadata("cut", cut)
}

fixture::export!(ReachesOut);
