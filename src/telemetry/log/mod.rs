//! Log lines: one event, one line, on standard error.
//!
//! Owns the set-up of `tracing`, the schema of the JSON form (`json`) and the look of the text form
//! (`text`). The invariants: a line is complete (`timestamp`, `level`, `service`, `message` are always
//! there; `trace_id`, `span_id`, `job_id`, `driver_name`, `device_id` whenever they are known, left out
//! otherwise); every value is bounded; and writing never waits: lines go through a bounded buffer to a
//! thread of its own, and what a stuck reader leaves no room for is dropped and counted.

mod fields;
mod filter;
mod json;
mod levels;
#[cfg(test)]
pub(super) mod tests;
mod text;

use std::{
    borrow::Cow,
    env,
    io::{self, IsTerminal},
};

use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Registry,
    filter::filter_fn,
    fmt::{FormatFields, MakeWriter, format::Writer},
    layer::SubscriberExt,
    reload,
};

use super::span::ContextLayer;
use super::traces::{Recorder, StepGate, Traces};
use filter::LinesOnly;
pub use levels::Levels;

/// The value of `service` in every line.
pub const SERVICE: &str = "driver-manager";

/// Longest message or field value, in bytes; longer ones are cut.
pub const MAX_VALUE: usize = 8 * 1024;

/// Lines that wait for the writer; more are dropped.
const BUFFERED_LINES: usize = 4096;

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// For human eyes; coloured on a terminal.
    Text,
}

impl Format {
    /// Text when standard error is a terminal, else JSON.
    pub fn auto() -> Self {
        if io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

/// Why logging could not be set up or changed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The directives are no filter.
    #[error("`{directives}` is no log filter")]
    Filter {
        /// As they were given.
        directives: String,
        /// What is wrong with them.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process has a log already.
    #[error("logging is already set up")]
    Installed(#[from] tracing::subscriber::SetGlobalDefaultError),
    /// The log is gone.
    #[error("the log filter cannot be changed")]
    Reload(#[from] reload::Error),
}

/// Keeps the log's writer running. Dropping it writes what is buffered, for at most about a second.
#[must_use = "dropping the guard ends the log"]
#[derive(Debug)]
pub struct Guard {
    levels: Levels,
    lost: ErrorCounter,
    _writer: WorkerGuard,
}

impl Guard {
    /// What the log tells, for whoever may change it.
    pub fn levels(&self) -> Levels {
        self.levels.clone()
    }

    /// Lines dropped since the start because their reader was too slow.
    pub fn lost_lines(&self) -> usize {
        self.lost.dropped_lines()
    }
}

/// Sets up the process's log on standard error, and the recording of traces if there is somewhere to send them.
/// `directives` are a level or filter directives.
///
/// # Errors
/// When the directives are no filter, or the process has a log already.
pub fn install(directives: &str, format: Format, traces: Option<&Traces>) -> Result<Guard, LogError> {
    let (filter, handle) = reload::Layer::new(parse_filter(directives)?);
    let (writer, guard) = non_blocking(io::stderr());
    let lost = writer.error_counter();
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
    tracing::subscriber::set_global_default(subscriber(
        filter,
        format,
        colours,
        writer,
        traces.map(Traces::recorder),
    ))?;
    Ok(Guard { levels: Levels::new(handle, directives), lost, _writer: guard })
}

/// Libraries that write what they sign, and with which keys, whatever level is asked for.
const SILENT: [&str; 2] = ["aws_sigv4", "aws_smithy"];

fn non_blocking(sink: impl io::Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(BUFFERED_LINES)
        .thread_name("log-writer")
        .finish(sink)
}

fn parse_filter(directives: &str) -> Result<EnvFilter, LogError> {
    EnvFilter::builder()
        .parse(directives)
        .map_err(|source| LogError::Filter { directives: cut(directives, 256).into_owned(), source })
}

/// The subscriber over any filter and writer; tests capture its lines.
pub(super) fn subscriber<F, W>(
    filter: F,
    format: Format,
    colours: bool,
    writer: W,
    recorder: Option<Recorder>,
) -> Box<dyn Subscriber + Send + Sync>
where
    F: tracing_subscriber::Layer<Registry> + Send + Sync,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().fmt_fields(NoFields).with_ansi(colours).with_writer(writer);
    let silent = filter_fn(|line| !SILENT.iter().any(|target| line.target().starts_with(target)));
    let gate = StepGate { on: recorder.is_some() };
    let base =
        Registry::default().with(LinesOnly(filter)).with(silent).with(ContextLayer).with(recorder).with(gate);
    match format {
        Format::Json => Box::new(base.with(lines.event_format(json::JsonLines))),
        Format::Text => Box::new(base.with(lines.event_format(text::TextLines))),
    }
}

/// Fields of spans are kept by [`ContextLayer`]; formatting them a second time would be waste.
struct NoFields;

impl<'writer> FormatFields<'writer> for NoFields {
    fn format_fields<R: tracing_subscriber::field::RecordFields>(
        &self,
        _writer: Writer<'writer>,
        _fields: R,
    ) -> std::fmt::Result {
        Ok(())
    }
}

/// The text, cut at a character's border to at most `max` bytes, then marked with `…`.
pub(super) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(max)]))
}
