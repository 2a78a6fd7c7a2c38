//! The numbers that a state is made of: double precision, or single where a caller asks for it.

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

/// `f64`, or `f32` at half the memory.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialEq
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// The bytes of one amplitude, real and imaginary part.
    const AMPLITUDE_BYTES: u64 = 2 * size_of::<Self>() as u64;

    /// The most shots whose counts [`Real::of_count`] can hold.
    const MAX_SHOTS: u64;

    /// The nearest number of this precision.
    fn of(value: f64) -> Self;

    /// The same number in double precision.
    fn double(self) -> f64;

    /// A number as large as an index or a count, kept in the place of an amplitude's part.
    fn of_count(count: u64) -> Self;

    /// The number that [`Real::of_count`] kept.
    fn count(self) -> u64;
}

impl Real for f64 {
    const MAX_SHOTS: u64 = 1 << 53;

    fn of(value: f64) -> Self {
        value
    }

    fn double(self) -> f64 {
        self
    }

    fn of_count(count: u64) -> Self {
        count as f64
    }

    fn count(self) -> u64 {
        self as u64
    }
}

impl Real for f32 {
    const MAX_SHOTS: u64 = u32::MAX as u64;

    fn of(value: f64) -> Self {
        value as f32
    }

    fn double(self) -> f64 {
        self.into()
    }

    // As bits: the value of an `f32` is exact up to 2²⁴ only.
    fn of_count(count: u64) -> Self {
        Self::from_bits(count as u32)
    }

    fn count(self) -> u64 {
        self.to_bits().into()
    }
}
