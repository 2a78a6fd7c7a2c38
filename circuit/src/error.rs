//! Errors that say where, what, and what to do.
//!
//! Several violations come back in one answer. No message repeats more than a few characters of
//! the input, so an error is always small and never a copy of somebody's circuit.

mod render;
mod report;

use std::fmt;

pub(crate) use report::Report;

/// What kind of wrong it is; the caller maps it to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The payload is wrong.
    Invalid,
    /// The payload is right, but uses something that is not supported.
    Unsupported,
    /// The payload is written in a version of its language that is not supported.
    UnsupportedVersion,
    /// The payload asks for more than a limit allows.
    TooLarge,
    /// The caller had no more time for it.
    OutOfTime,
}

/// Where in the payload an error is. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Nowhere in particular.
    None,
    /// In a text.
    Text {
        /// The line.
        line: u32,
        /// The column.
        column: u32,
    },
    /// In a JSON document.
    Json {
        /// The way from the top, such as `operations[3].params.theta`; empty for the top itself.
        path: String,
        /// The line.
        line: u32,
        /// The column.
        column: u32,
    },
    /// In a message that has no lines.
    Field {
        /// The way from the top, such as `operations[3].q[0]`; empty for the top itself.
        path: String,
    },
}

pub(crate) const OUT_OF_TIME: &str = "reading the payload took longer than it may";

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub position: Position,
    /// What was probably meant, or what to do instead, if there is a good guess.
    pub suggestion: Option<String>,
}

/// At least one violation, in the order found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    first: Error,
    rest: Vec<Error>,
    unreported: bool,
}

// === impl Position ===

impl Position {
    /// Line and column, if there are any.
    #[must_use]
    pub fn line_column(&self) -> Option<(u32, u32)> {
        match *self {
            Self::None | Self::Field { .. } => None,
            Self::Text { line, column } | Self::Json { line, column, .. } => Some((line, column)),
        }
    }

    /// The path from the top of the document or message, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Json { path, .. } | Self::Field { path } if !path.is_empty() => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path(), self.line_column()) {
            (Some(path), Some((line, column))) => write!(f, "{path} (line {line}, column {column})"),
            (None, Some((line, column))) => write!(f, "line {line}, column {column}"),
            (Some(path), None) => f.write_str(path),
            (None, None) => f.write_str("the payload"),
        }
    }
}

// === impl Error ===

impl Error {
    /// An error without a suggestion.
    #[must_use]
    pub fn new(kind: ErrorKind, position: Position, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), position, suggestion: None }
    }

    /// The caller's time is over.
    pub(crate) fn out_of_time(position: Position) -> Self {
        Self::new(ErrorKind::OutOfTime, position, OUT_OF_TIME)
    }

    /// Adds what was probably meant.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.position != Position::None {
            write!(f, "{}: ", self.position)?;
        }
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " ({suggestion})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

// === impl Errors ===

impl Errors {
    /// The kind of the answer as a whole: what the caller has to mend first. An unsupported version
    /// comes before all others, since its rules are not known; then what is plainly wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        use ErrorKind::{Invalid, OutOfTime, TooLarge, Unsupported, UnsupportedVersion};
        [UnsupportedVersion, Invalid, Unsupported, TooLarge, OutOfTime]
            .into_iter()
            .find(|&kind| self.iter().any(|error| error.kind == kind))
            .unwrap_or(self.first.kind)
    }

    /// The first error found.
    #[must_use]
    pub fn first(&self) -> &Error {
        &self.first
    }

    /// All errors reported, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// How many errors are reported; at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        1 + self.rest.len()
    }

    /// Whether there may be more errors than are reported.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.unreported
    }
}

impl From<Error> for Errors {
    fn from(first: Error) -> Self {
        Self { first, rest: Vec::new(), unreported: false }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        for error in &self.rest {
            write!(f, "; {error}")?;
        }
        if self.unreported { f.write_str("; and possibly more") } else { Ok(()) }
    }
}

impl std::error::Error for Errors {}
