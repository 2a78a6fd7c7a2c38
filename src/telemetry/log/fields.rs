//! Reading an event's fields, bounded, whatever their type.

use std::fmt::{self, Write};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{fmt::FmtContext, registry::LookupSpan};

use super::{MAX_VALUE, cut};
use crate::telemetry::span::CONTEXT_FIELDS;
pub(super) use crate::telemetry::span::Context;

/// Causes of an error that are written, outermost first.
const MAX_CAUSES: usize = 8;

/// A field's value.
pub(super) enum Value<'a> {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
}

/// The message of an event, and its context: its own fields first, then its spans' from inside out.
pub(super) fn gather<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>) -> (String, Context)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> tracing_subscriber::fmt::FormatFields<'a> + 'static,
{
    let mut gathered = (String::new(), Context::default());
    event.record(&mut Each(|name: &str, value: Value<'_>| {
        if let Value::Text(text) = value {
            match name {
                "message" => text.clone_into(&mut gathered.0),
                name => _ = gathered.1.set(name, text),
            }
        }
    }));
    for span in context.event_scope().into_iter().flatten() {
        if let Some(outer) = span.extensions().get::<Context>() {
            gathered.1.fill_from(outer);
        }
    }
    gathered
}

/// Hands every field to `visit` that [`gather`] has not: neither the message nor context.
pub(super) fn others(event: &Event<'_>, mut visit: impl FnMut(&'static str, Value<'_>)) {
    event.record(&mut Each(|name: &'static str, value: Value<'_>| {
        if name != "message" && !CONTEXT_FIELDS.contains(&name) {
            visit(name, value);
        }
    }));
}

/// Visits fields with one closure, text cut to [`MAX_VALUE`].
struct Each<F>(F);

impl<F: FnMut(&'static str, Value<'_>)> Each<F> {
    /// Formats without ever holding more than the bound.
    fn formatted(&mut self, field: &Field, arguments: fmt::Arguments<'_>) {
        let mut text = BoundedText::default();
        // An error here is the bound's own, or a Display of the value's that gives up: either way this is it.
        let _ = text.write_fmt(arguments);
        (self.0)(field.name(), Value::Text(&text.0));
    }
}

impl<F: FnMut(&'static str, Value<'_>)> Visit for Each<F> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        (self.0)(field.name(), Value::Bool(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        (self.0)(field.name(), Value::Unsigned(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        (self.0)(field.name(), Value::Signed(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            (self.0)(field.name(), Value::Float(value));
        } else {
            self.formatted(field, format_args!("{value}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        (self.0)(field.name(), Value::Text(&cut(value, MAX_VALUE)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let causes = std::iter::successors(Some(value), |error| error.source()).take(MAX_CAUSES);
        let mut text = BoundedText::default();
        for (depth, error) in causes.enumerate() {
            let colon = if depth > 0 { ": " } else { "" };
            if write!(text, "{colon}{error}").is_err() {
                break;
            }
        }
        (self.0)(field.name(), Value::Text(&text.0));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.formatted(field, format_args!("{value:?}"));
    }
}

/// Text that takes [`MAX_VALUE`] bytes and then refuses.
#[derive(Default)]
struct BoundedText(String);

impl Write for BoundedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_VALUE.saturating_sub(self.0.len());
        self.0.push_str(&cut(text, room));
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}
