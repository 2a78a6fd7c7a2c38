//! Lines in the host's log, tagged by it with the driver and the running call.
//!
//! ```
//! use eigen_qdriver::log;
//! log::info("submitted", &[("shots", &1000), ("region", &"eu")]);
//! ```
//!
//! The host cuts long lines and drops what comes too fast (`wit/host.wit` has the figures).
//! Natively lines go to standard error.

use std::fmt::Display;

pub use crate::bindings::eigen::qdriver::host::Level;

/// Fields of a line: names and values.
pub type Fields<'a> = &'a [(&'a str, &'a dyn Display)];

/// Writes one line.
pub fn write(level: Level, message: &str, fields: Fields) {
    let fields: Vec<_> = fields.iter().map(|(key, value)| ((*key).to_owned(), value.to_string())).collect();
    #[cfg(target_arch = "wasm32")]
    crate::bindings::eigen::qdriver::host::log(level, message, &fields);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?} {message} {fields:?}");
}

/// Writes one line of the finest detail.
pub fn trace(message: &str, fields: Fields) {
    write(Level::Trace, message, fields);
}

/// Writes one line for those who look for a fault.
pub fn debug(message: &str, fields: Fields) {
    write(Level::Debug, message, fields);
}

/// Writes one line about the normal course of things.
pub fn info(message: &str, fields: Fields) {
    write(Level::Info, message, fields);
}

/// Writes one line about something that may need a look.
pub fn warn(message: &str, fields: Fields) {
    write(Level::Warn, message, fields);
}

/// Writes one line about something that went wrong.
pub fn error(message: &str, fields: Fields) {
    write(Level::Error, message, fields);
}
