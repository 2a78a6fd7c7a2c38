//! Floats that measurements decide: a known part, and an amount for each bit that is 1.
//!
//! This is what feed-forward angles come to, as in iterative phase estimation; sums and known
//! multiples stay in the form. A gate with such an angle is the gate with the known part, followed
//! by one guarded gate for each bit.

use super::super::tape::Lit;

/// `base` plus, for each term, its amount if its bit is 1.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Affine {
    pub(in super::super) base: f64,
    pub(in super::super) terms: Vec<(Lit, f64)>,
}

impl Affine {
    pub(super) fn known(base: f64) -> Self {
        Self { base, terms: Vec::new() }
    }

    /// The number that bits stand for, the least significant first, times a unit.
    pub(super) fn word(bits: &[Lit], signed: bool, unit: f64) -> Self {
        let mut sum = Self::known(0.0);
        let last = bits.len().wrapping_sub(1);
        for (place, &bit) in bits.iter().enumerate() {
            let weight = unit * super::power_of_two(place);
            let weight = if signed && place == last { -weight } else { weight };
            match bit {
                Lit::Known(false) => {}
                Lit::Known(true) => sum.base += weight,
                Lit::Wire { .. } => sum.terms.push((bit, weight)),
            }
        }
        sum
    }

    pub(super) fn plus(&self, other: &Self, factor: f64) -> Self {
        let mut sum = self.clone();
        sum.base += factor * other.base;
        for &(bit, amount) in &other.terms {
            match sum.terms.iter_mut().find(|(known, _)| *known == bit) {
                Some((_, total)) => *total += factor * amount,
                None => sum.terms.push((bit, factor * amount)),
            }
        }
        sum
    }

    pub(super) fn times(&self, factor: f64) -> Self {
        Self::known(0.0).plus(self, factor)
    }

    pub(super) fn is_finite(&self) -> bool {
        self.base.is_finite() && self.terms.iter().all(|(_, amount)| amount.is_finite())
    }
}
