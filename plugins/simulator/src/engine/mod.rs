//! The simulator proper: circuit in, counts and expectation values out.
//!
//! Knows nothing of the driver interface, of devices or of time, so that it runs natively in tests
//! exactly as it runs in the sandbox. The way through it: [`circuit`] is what it is given,
//! [`plan`] finds which measurements can wait for the end, [`run`] walks the circuit over a
//! [`state`] with the [`kernels`] and branches where nature does, [`sample`] draws the final
//! outcomes, [`tally`] counts them.
//!
//! The fast way through a state: [`fuse`] multiplies gates together, [`sweep`] takes them block by block through
//! the cache, [`wide`] are the loops. The plain way, `Gate::apply`, is what all of it is tested against.
//! [`stabilizer`] runs Clifford circuits of any size without a state.
//!
//! Convention throughout: bit i of a state's index is qubit i; a bitstring has the highest
//! classical bit leftmost.

pub mod binomial;
pub mod circuit;
pub mod fuse;
pub mod gate;
pub mod kernels;
pub mod local;
pub mod matrices;
pub mod memory;
pub mod observable;
pub mod plan;
pub mod primitive;
pub mod random;
pub mod real;
pub mod register;
pub mod run;
pub mod sample;
pub mod stabilizer;
pub mod state;
pub mod sweep;
pub mod tally;
pub mod wide;
