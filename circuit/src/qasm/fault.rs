//! Errors before their line and column are known.

use super::token::Span;
use crate::error::{Error, ErrorKind, Position};

/// What went wrong in one statement.
///
/// It may also be a mere consequence of an error reported before, such as the use of a name whose
/// declaration was refused; then there is nothing to say.
#[derive(Debug)]
pub(super) struct Fault(Option<Box<Body>>);

#[derive(Debug)]
struct Body {
    kind: ErrorKind,
    span: Span,
    message: String,
    suggestion: Option<String>,
}

impl Fault {
    pub(super) fn new(kind: ErrorKind, span: Span, message: impl Into<String>) -> Self {
        Self(Some(Box::new(Body { kind, span, message: message.into(), suggestion: None })))
    }

    pub(super) fn invalid(span: Span, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, span, message)
    }

    pub(super) fn unsupported(span: Span, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, span, message)
    }

    pub(super) fn too_large(span: Span, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooLarge, span, message)
    }

    /// A consequence of an error reported before.
    pub(super) fn consequence() -> Self {
        Self(None)
    }

    pub(super) fn suggest(mut self, suggestion: Option<String>) -> Self {
        if let Some(body) = &mut self.0 {
            body.suggestion = suggestion;
        }
        self
    }

    /// Where it is and what it says, if there is anything to say.
    pub(super) fn key(&self) -> Option<(u32, &str)> {
        self.0.as_ref().map(|body| (body.span.start, body.message.as_str()))
    }

    /// The error to report, if there is anything to say.
    pub(super) fn locate(self, source: &str) -> Option<Error> {
        let body = self.0?;
        let (line, column) = crate::text::line_column(source.as_bytes(), body.span.start as usize);
        Some(Error::new(body.kind, Position::Text { line, column }, body.message).suggest(body.suggestion))
    }
}
