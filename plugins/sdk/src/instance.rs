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
pub struct Exported<D>(PhantomData<D>);

/// Compiles exactly for types that can be exported.
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{ErrorCode, ExecutionResult, testing};

    /// Counts its executions.
    #[derive(Default)]
    struct Counting(u64);

    impl Driver for Counting {
        fn handshake(&mut self, host: HostInfo) -> Result<DriverInfo> {
            Ok(DriverInfo::new(host.driver_name, "1.0.0"))
        }

        fn get_devices(&mut self) -> Result<Vec<Device>> {
            Ok(vec![Device::simulator("counting:one").qubits(2)])
        }

        fn execute(&mut self, _request: Request) -> Result<Outcome> {
            self.0 += 1;
            Ok(ExecutionResult::from_counts([("0", self.0)]).into())
        }
    }

    #[test]
    fn one_driver_serves_all_calls_of_an_instance() {
        for count in 1..=3 {
            let outcome = Exported::<Counting>::execute(testing::bell("counting:one")).unwrap();
            assert_eq!(outcome, ExecutionResult::from_counts([("0", count)]).into());
        }
    }

    #[test]
    fn what_an_author_leaves_out_has_an_answer() {
        type Driver = Exported<Counting>;
        assert_eq!(Driver::initialize(vec![("key".into(), "value".into())]), Ok(()));
        assert_eq!(Driver::health(), Ok(Health::ready()));
        assert_eq!(Driver::reconcile("key".into()), Ok(Reconciliation::Unknown));
        assert_eq!(Driver::poll("ticket".into()).unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(Driver::cancel("ticket".into()).unwrap_err().code, ErrorCode::NotFound);
        let error = Driver::calibrate_device("counting:one".into(), Vec::new()).unwrap_err();
        assert_eq!(error.code, ErrorCode::Unimplemented);
    }

    #[test]
    fn the_state_of_a_device_is_looked_up_by_its_id() {
        type Driver = Exported<Counting>;
        assert_eq!(Driver::get_device_status("counting:one".into()).unwrap().queue_depth, 0);
        let error = Driver::get_device_status("counting:two".into()).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound);
        assert!(error.message.contains("counting:two"), "{}", error.message);
    }
}
