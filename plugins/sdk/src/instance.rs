//! The one driver of this instance, between the generated exports and the author's type.
//!
//! A component instance is single-threaded and its calls never overlap, so a thread-local cell
//! holds the driver for the instance's whole life. Natively every test thread gets its own.

use std::cell::RefCell;
use std::marker::PhantomData;

use crate::bindings::exports::eigen::qdriver::driver::Guest;
use crate::{
    Device, DeviceState, Driver, DriverInfo, Error, Health, HostInfo, Outcome, Properties, Reconciliation,
    Request, Result,
};

thread_local! {
    static DRIVER: RefCell<Option<Box<dyn Driver>>> = const { RefCell::new(None) };
}

/// Carries the exported functions of a driver type.
#[doc(hidden)]
pub struct Exported<D>(PhantomData<D>);

/// Compiles exactly for types that can be exported.
#[doc(hidden)]
pub fn check<D: Driver + Default + 'static>() {}

/// Runs one call on the driver, which the first call makes.
fn with<D: Driver + Default + 'static, T>(call: impl FnOnce(&mut dyn Driver) -> Result<T>) -> Result<T> {
    DRIVER.with(|cell| {
        // A second borrow would need a call inside a call, which the component model rules out.
        let mut driver = cell
            .try_borrow_mut()
            .map_err(|_| Error::internal("the driver was called while it was still answering"))?;
        call(driver.get_or_insert_with(make::<D>).as_mut())
    })
}

fn make<D: Driver + Default + 'static>() -> Box<dyn Driver> {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        crate::log::error(message, &[("panicked_at", &place)]);
    }));
    Box::new(D::default())
}

impl<D: Driver + Default + 'static> Guest for Exported<D> {
    fn handshake(host: HostInfo) -> Result<DriverInfo> {
        with::<D, _>(|driver| driver.handshake(host))
    }

    fn initialize(settings: Properties) -> Result<()> {
        with::<D, _>(|driver| driver.initialize(settings))
    }

    fn get_devices() -> Result<Vec<Device>> {
        with::<D, _>(|driver| driver.get_devices())
    }

    fn get_device_status(device_id: String) -> Result<DeviceState> {
        with::<D, _>(|driver| driver.get_device_status(&device_id))
    }

    fn execute(request: Request) -> Result<Outcome> {
        with::<D, _>(|driver| driver.execute(request))
    }

    fn poll(ticket: String) -> Result<Outcome> {
        with::<D, _>(|driver| driver.poll(&ticket))
    }

    fn cancel(ticket: String) -> Result<()> {
        with::<D, _>(|driver| driver.cancel(&ticket))
    }

    fn reconcile(execution_key: String) -> Result<Reconciliation> {
        with::<D, _>(|driver| driver.reconcile(&execution_key))
    }

    fn calibrate_device(device_id: String, options: Properties) -> Result<String> {
        with::<D, _>(|driver| driver.calibrate_device(&device_id, options))
    }

    fn health() -> Result<Health> {
        with::<D, _>(|driver| driver.health())
    }
}
