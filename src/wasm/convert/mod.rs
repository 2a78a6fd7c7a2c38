//! Between WIT's types and the model's, one file a direction of travel. Nothing of WIT goes further.
//!
//! What a driver says is bounded and checked here: lengths, and the shape of ids.

mod circuit;
mod device;
mod error;
mod execution;

pub(super) use device::{device_state, devices, health};
pub(super) use error::failure;
pub(super) use execution::{outcome, reconciliation, request};

use crate::driver::DriverInfo;
pub(super) use crate::driver::checks::Broken;
use crate::driver::checks::{MAX_FEATURES, MAX_NAME, MAX_TICKET, bounded, name};
use crate::model::Properties;

use super::bindings::eigen::qdriver::types as wit;

/// The most versions of tickets that a driver may understand.
const MAX_TICKET_VERSIONS: usize = 64;

/// Text pairs for a guest.
pub(super) fn pairs(properties: &Properties) -> Vec<(String, String)> {
    properties.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Text pairs of a guest; of equal keys the last counts.
pub(super) fn properties(pairs: Vec<(String, String)>) -> Properties {
    pairs.into_iter().collect()
}

/// The reference of a calibration.
pub(super) fn calibration(reference: String) -> Result<String, Broken> {
    name("the calibration's reference", reference)
}

/// The answer to the handshake.
pub(super) fn driver_info(info: wit::DriverInfo) -> Result<DriverInfo, Broken> {
    let size: usize = info.features.iter().map(|(key, value)| key.len() + value.len() + 1).sum();
    if size > MAX_FEATURES {
        return Err(Broken(format!("the driver's features have {size} bytes; {MAX_FEATURES} are allowed")));
    }
    let tickets = info.accepts_ticket_versions.len();
    if tickets > MAX_TICKET_VERSIONS {
        return Err(Broken(format!(
            "{tickets} versions of tickets are accepted; {MAX_TICKET_VERSIONS} may be"
        )));
    }
    Ok(DriverInfo {
        name: name("the driver's name", info.name)?,
        version: name("the driver's version", info.version)?,
        vendor: info.vendor.chars().filter(|character| !character.is_control()).take(MAX_NAME).collect(),
        ticket_version: info.ticket_version,
        accepts_ticket_versions: info.accepts_ticket_versions,
        features: properties(info.features),
    })
}
