//! The engine's random numbers: xoshiro256++, seeded through splitmix64.
//!
//! Same seed, same counts, for good: the generator is fixed by its published definition (Blackman
//! and Vigna, "Scrambled linear pseudorandom number generators", 2021), and how its bits become
//! numbers is written here, so that no library's choice of a distribution can change results.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// The spacing of the numbers drawn: 2⁻⁵³.
const STEP: f64 = 1.0 / (1u64 << 53) as f64;

/// A source of random numbers.
#[derive(Debug, Clone)]
pub struct Random(Xoshiro256PlusPlus);

impl Random {
    /// The sequence that belongs to `seed`.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * STEP
    }

    /// Uniform in (0, 1]: its logarithm is finite.
    pub fn positive_unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 * STEP
    }
}
