//! The text form of a line, for a person at a terminal.
//!
//! `TIME LEVEL message key=value …`. Text from drivers and callers may try to steer the terminal, so
//! control characters are written as escapes.

use std::{fmt, time::SystemTime};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::fields::{Value, gather, others};

/// The form itself.
pub(super) struct TextLines;

impl<S, N> FormatEvent<S, N> for TextLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (message, context) = gather(context, event);
        let (dim, plain) = if writer.has_ansi_escapes() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        let time = humantime::format_rfc3339_millis(SystemTime::now());
        let level = event.metadata().level();
        let colour = if writer.has_ansi_escapes() { colour(*level) } else { "" };
        write!(writer, "{dim}{time}{plain} {colour}{level:>5}{plain} ")?;
        let target = event.metadata().target();
        if !target.starts_with("driver_manager") {
            write!(writer, "{dim}{target}:{plain} ")?;
        }
        write_safely(&mut writer, &message)?;
        for (name, value) in context.present() {
            write!(writer, " {dim}{name}={plain}")?;
            write_value(&mut writer, value)?;
        }
        let mut outcome = Ok(());
        others(event, |name, value| {
            // The event's name is for machines; the message says it in words.
            if outcome.is_ok() && name != "event" {
                outcome = write!(writer, " {dim}{}={plain}", name.strip_suffix("_json").unwrap_or(name))
                    .and_then(|()| match value {
                        Value::Bool(value) => write!(writer, "{value}"),
                        Value::Unsigned(value) => write!(writer, "{value}"),
                        Value::Signed(value) => write!(writer, "{value}"),
                        Value::Float(value) => write!(writer, "{value}"),
                        Value::Text(text) if name.ends_with("_json") => write_safely(&mut writer, text),
                        Value::Text(text) => write_value(&mut writer, text),
                    });
            }
        });
        outcome?;
        writer.write_char('\n')
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// A value, in quotes where it would not read as one word.
fn write_value(writer: &mut Writer<'_>, value: &str) -> fmt::Result {
    let word = !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == '"' || c == '=');
    if word {
        return write_safely(writer, value);
    }
    writer.write_char('"')?;
    write_safely(writer, &value.replace('"', "\\\""))?;
    writer.write_char('"')
}

/// Text without control characters, nor those that reorder or break lines.
fn write_safely(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        match character {
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                write!(writer, "{}", character.escape_unicode())?;
            }
            c if c.is_control() => write!(writer, "{}", c.escape_default())?,
            c => writer.write_char(c)?,
        }
    }
    Ok(())
}
