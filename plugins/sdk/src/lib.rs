//! Write a quantum driver for the driver manager: implement [`Driver`], name the type in [`export!`].
//!
//! ```
//! use eigen_qdriver::{Device, Driver, DriverInfo, ExecutionResult, GateName, HostInfo, Outcome, Request, Result};
//!
//! #[derive(Default)]
//! struct Zero;
//!
//! impl Driver for Zero {
//!     fn handshake(&mut self, _host: HostInfo) -> Result<DriverInfo> {
//!         Ok(DriverInfo::new("zero", "1.0.0").vendor("Example Labs"))
//!     }
//!
//!     fn get_devices(&mut self) -> Result<Vec<Device>> {
//!         Ok(vec![Device::simulator("zero:only").qubits(1).gates([GateName::Measure])])
//!     }
//!
//!     fn execute(&mut self, request: Request) -> Result<Outcome> {
//!         Ok(ExecutionResult::from_counts([("0", request.shots)]).into())
//!     }
//! }
//!
//! eigen_qdriver::export!(Zero);
//! # fn main() {}
//! ```
//!
//! Built for `wasm32-unknown-unknown` with the linker `wasm-component-ld`, the crate (a `cdylib`)
//! becomes a component that the manager loads. Built natively it is an ordinary library: test it
//! with `cargo test`. Outside help ([`log`], [`progress`], [`random`], [`time`]) works in both.
//!
//! All types come from the interface `eigen:qdriver` (`wit/types.wit`) and carry its documentation.
//! What this crate adds to them: builders for what a driver makes, readers for what it is given.

#[doc(hidden)]
pub mod bindings;
mod device;
mod driver;
mod error;
mod execution;
mod info;
mod instance;
pub mod log;
mod progress;
pub mod random;
pub mod testing;
pub mod time;

pub use bindings::eigen::qdriver::types::{
    BitCopy, BitPair, BitSet, Circuit, CircuitClass, CircuitForm, ClassicalOp, Clbit, ControlQubit, Device,
    DeviceFeatures, DeviceState, DeviceStatus, DriverInfo, Error, ErrorCode, ExecutionResult, GateName,
    Gates, Guard, Health, HostInfo, Measurement, Observable, Operation, Outcome, Pair, PairRotation, PairU,
    Pauli, PauliFactor, PauliTerm, Pending, PhasedRotation, Properties, Qubit, QubitLimit, Reconciliation,
    Request, Rotation, Step, Submission, Triple, U3,
};
pub use driver::Driver;
pub use execution::property;
pub use progress::progress;

/// What a driver's calls return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the expansion of [`export!`] needs. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::instance::{Exported, check};
}

/// Makes a type the driver of this component. The type implements [`Driver`] and [`Default`].
///
/// Use it once, in the crate that is built as the component. It also sees to it that a panic's
/// message and place reach the host's log before the instance dies.
#[macro_export]
macro_rules! export {
    ($driver:ty) => {
        const _: () = {
            type Exported = $crate::__private::Exported<$driver>;

            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export!(Exported with_types_in $crate::bindings);

            // Natively nothing is exported, but the type is checked all the same.
            #[cfg(not(target_arch = "wasm32"))]
            const _: fn() = $crate::__private::check::<$driver>;
        };
    };
}
