//! What every runtime checks of what a driver says: lengths, and the shape of ids.

use std::collections::HashSet;

use crate::model::Device;

/// The longest name, id or reference that a driver may give, in bytes.
pub const MAX_NAME: usize = 256;
/// All features of a driver, in bytes: they are shown wherever the driver is.
pub const MAX_FEATURES: usize = 16 << 10;
/// The longest ticket, in bytes; as `wit/types.wit` says.
pub const MAX_TICKET: usize = 1024;
/// The longest message passed on to a caller, in characters.
pub const MAX_MESSAGE: usize = 2048;
/// The longest provider code kept, in characters.
pub const MAX_CODE: usize = 128;

/// A driver broke the interface; the text says how.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// A name that must not be empty, longer than [`MAX_NAME`], or able to steer a terminal.
///
/// # Errors
/// How it is wrong; `what` says whose name it is.
pub fn name(what: &str, text: String) -> Result<String, Broken> {
    if text.contains(char::is_control) {
        return Err(Broken(format!("{what} holds control characters")));
    }
    bounded(what, text, MAX_NAME)
}

/// A text that must not be empty or longer than `limit` bytes.
///
/// # Errors
/// How it is wrong.
pub fn bounded(what: &str, text: String, limit: usize) -> Result<String, Broken> {
    match text.len() {
        0 => Err(Broken(format!("{what} is empty"))),
        length if length > limit => Err(Broken(format!("{what} has {length} bytes; {limit} are allowed"))),
        _ => Ok(text),
    }
}

/// Devices that make sense together and each by itself: no id twice, a form of circuits, and couplings of qubits
/// that there are.
///
/// # Errors
/// The first that does not.
pub fn devices(devices: Vec<Device>) -> Result<Vec<Device>, Broken> {
    let mut ids = HashSet::new();
    for device in &devices {
        let id = &device.id;
        if !ids.insert(id) {
            return Err(Broken(format!("it lists device `{id}` twice")));
        }
        if device.forms.is_empty() {
            return Err(Broken(format!("device `{id}` lists no circuit form")));
        }
        let most = device.limits.iter().map(|limit| limit.qubits).max();
        let strange =
            |(one, other): &&(u32, u32)| one == other || most.is_some_and(|most| *one.max(other) >= most);
        if let Some((one, other)) = device.coupling.iter().flatten().find(strange) {
            return Err(Broken(format!(
                "device `{id}` couples qubits {one} and {other}, which are no pair of its"
            )));
        }
    }
    Ok(devices)
}
