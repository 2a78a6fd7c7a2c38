//! Collecting violations up to a bound.

use super::{Error, Errors};

/// The violations found so far.
#[derive(Debug)]
pub(crate) struct Report {
    errors: Vec<Error>,
    limit: usize,
    unreported: bool,
}

impl Report {
    /// An empty report that keeps at most `limit` errors, and at least one.
    pub(crate) fn new(limit: usize) -> Self {
        Self { errors: Vec::new(), limit: limit.max(1), unreported: false }
    }

    /// Adds an error, or notes that there are more than fit.
    pub(crate) fn push(&mut self, error: Error) {
        if self.is_full() { self.unreported = true } else { self.errors.push(error) }
    }

    /// Unwraps a result, keeping its error.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Whether looking further is of no use.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= self.limit
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Notes that the rest was not looked at.
    pub(crate) fn stop_early(&mut self) {
        self.unreported = true;
    }

    /// `Ok` if nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Errors> {
        let mut errors = self.errors.into_iter();
        match errors.next() {
            None => Ok(()),
            Some(first) => Err(Errors { first, rest: errors.collect(), unreported: self.unreported }),
        }
    }
}
