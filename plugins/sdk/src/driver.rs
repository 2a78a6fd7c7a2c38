//! The trait that authors implement.

use crate::{
    Device, DeviceState, DriverInfo, Error, Health, HostInfo, Outcome, Properties, Reconciliation, Request,
    Result,
};

/// A quantum driver: who it is, which devices it has, how to run a circuit on them.
///
/// Calls never overlap. The host makes an instance with [`Default`], shakes hands, initialises it
/// once and then calls it any number of times; it may throw an instance away at any moment and
/// make another. So keep in `self` what makes the next call cheaper, and nothing that matters: a
/// ticket must work on every instance.
///
/// Only the first three methods are needed by a device that answers at once.
pub trait Driver {
    /// Who the driver is. The first call of every instance; answers without any outside help.
    ///
    /// Remember `host.memory_bytes` if a circuit may need much memory: what does not fit has to be
    /// refused with [`Error::capacity`] before it is allocated, because growing beyond is a trap.
    fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo>;

    /// All devices, each with its present state.
    fn get_devices(&mut self) -> Result<Vec<Device>>;

    /// Runs a circuit (`Outcome::Done`), or submits it and answers `Outcome::Pending` with a ticket.
    ///
    /// The host has checked the request: the device is one of [`get_devices`](Driver::get_devices)
    /// and lists every operation, indices are in range, parameters are finite.
    fn execute(&mut self, request: Request) -> Result<Outcome>;

    /// Takes the configuration, the operator's `drivers.NAME.settings`, once, after the handshake.
    /// By default everything is accepted and nothing kept.
    ///
    /// Errors: [`Error::invalid_argument`], naming the key.
    fn initialize(&mut self, settings: Properties) -> Result<()> {
        let _ = settings;
        Ok(())
    }

    /// The state of one device. By default it is looked up among [`get_devices`](Driver::get_devices).
    ///
    /// Errors: [`Error::not_found`].
    fn get_device_status(&mut self, device_id: &str) -> Result<DeviceState> {
        let devices = self.get_devices()?;
        let device = devices.iter().find(|device| device.id == device_id);
        device.map(Device::state).ok_or_else(|| Error::not_found(format!("no device `{device_id}`")))
    }

    /// Asks for a submitted job. An error means that asking failed, not the job. By default no
    /// ticket is known.
    ///
    /// Errors: [`Error::not_found`].
    fn poll(&mut self, ticket: &str) -> Result<Outcome> {
        Err(Error::not_found(format!("no job with the ticket `{ticket}`")))
    }

    /// Asks the provider to stop a submitted job; cancelling a finished one is no error. By default
    /// no ticket is known.
    ///
    /// Errors: [`Error::not_found`].
    fn cancel(&mut self, ticket: &str) -> Result<()> {
        Err(Error::not_found(format!("no job with the ticket `{ticket}`")))
    }

    /// Looks for an execution whose submission ended in doubt, by its key. By default the driver
    /// cannot tell.
    fn reconcile(&mut self, execution_key: &str) -> Result<Reconciliation> {
        let _ = execution_key;
        Ok(Reconciliation::Unknown)
    }

    /// Calibrates a device and returns a reference of the calibration. By default no device can be.
    ///
    /// Errors: [`Error::not_found`], [`Error::unimplemented`].
    fn calibrate_device(&mut self, device_id: &str, options: Properties) -> Result<String> {
        let _ = options;
        Err(Error::unimplemented(format!("`{device_id}` cannot be calibrated")))
    }

    /// Can the driver work? It is asked often: keep it cheap. By default always.
    fn health(&mut self) -> Result<Health> {
        Ok(Health::ready())
    }
}
