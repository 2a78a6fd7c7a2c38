//! Writes `mebibytes` (8 unless told) each to the log, to stdout and to stderr, then answers well.
//!
//! The streams are WASI's own, as in a guest from an ordinary toolchain. Lines are 1 KiB, but the
//! first one to the log is 1 MiB and the last one to each stream has no end.

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result, log};
use wasip2::cli::{stderr::get_stderr, stdout::get_stdout};
use wasip2::io::streams::OutputStream;

#[derive(Default)]
struct GiantLog;

impl Fault for GiantLog {
    const NAME: &'static str = "giant-log";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        let lines = fixture::number(&request, "mebibytes", 8) * 1024;
        let line = "x".repeat(1023);
        log::info(&line.repeat(1025), &[]);
        for number in 0..lines {
            log::info(&line, &[("number", &number)]);
        }
        let written = write(&get_stdout(), lines, &line) + write(&get_stderr(), lines, &line);
        Ok(fixture::well(&request).metadata("stream_lines", written.to_string()).into())
    }
}

/// Writes lines until the stream takes no more, and says how many it took.
fn write(stream: &OutputStream, lines: u64, line: &str) -> u64 {
    let line = format!("{line}\n");
    let taken = (0..lines).take_while(|_| stream.blocking_write_and_flush(line.as_bytes()).is_ok()).count();
    let _ = stream.blocking_write_and_flush(b"and this is the end");
    taken as u64
}

fixture::export!(GiantLog);
