//! Malformed requests, by the hundred, against one real host: each gets the contract's status with all its
//! details, none is an internal error, and none of them hurts the next caller.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod aqo;
mod case;
mod endless;
mod fields;
mod mutations;
mod qasm;
mod raw;
mod sizes;
mod table;
mod wanted;
