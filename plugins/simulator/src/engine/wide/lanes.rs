//! Groups of amplitudes, and how they are taken apart and put together.

use super::{LANE_MASK, LANES};
use crate::engine::real::Real;

/// Real or imaginary parts of neighbouring amplitudes.
pub type Lanes<T> = [T; LANES];

/// The amplitudes of a group.
#[derive(Debug, Clone, Copy)]
pub struct Group<T> {
    /// Real parts.
    pub re: Lanes<T>,
    /// Imaginary parts.
    pub im: Lanes<T>,
}

/// Two neighbouring groups: the lanes in which bit `S` is 0, and those in which it is 1.
#[inline(always)]
#[expect(clippy::inline_always, reason = "with S known it is a handful of shuffles")]
pub fn unzip<T: Real, const S: usize>(first: &Lanes<T>, second: &Lanes<T>) -> (Lanes<T>, Lanes<T>) {
    let at = |index: usize| if index < LANES { first[index] } else { second[index - LANES] };
    let low = std::array::from_fn(|lane| at(spread::<S>(lane)));
    let high = std::array::from_fn(|lane| at(spread::<S>(lane) + S));
    (low, high)
}

/// The inverse of [`unzip`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "as for unzip")]
pub fn zip<T: Real, const S: usize>(low: &Lanes<T>, high: &Lanes<T>) -> (Lanes<T>, Lanes<T>) {
    let at = |index: usize| {
        let lane = index / (2 * S) * S + index % S;
        if index & S == 0 { low[lane] } else { high[lane] }
    };
    (std::array::from_fn(at), std::array::from_fn(|lane| at(lane + LANES)))
}

/// The index of the lane-th element whose bit `S` is 0.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a constant in all uses")]
pub const fn spread<const S: usize>(lane: usize) -> usize {
    lane / S * 2 * S + lane % S
}

/// In which lanes an index has the bits of `value` among those of `mask`; `index` says which index a
/// lane has.
pub fn chosen(mask: usize, value: usize, index: impl Fn(usize) -> usize) -> [bool; LANES] {
    std::array::from_fn(|lane| index(lane) & mask & (2 * LANE_MASK + 1) == value & (2 * LANE_MASK + 1))
}

/// `new` in the chosen lanes, `old` in the others.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one instruction a vector")]
pub fn select<T: Real>(chosen: &[bool; LANES], new: &Lanes<T>, old: &Lanes<T>) -> Lanes<T> {
    std::array::from_fn(|lane| if chosen[lane] { new[lane] } else { old[lane] })
}

/// The numbers below `1 << bits` whose bits in `fixed` are 0, in increasing order.
pub fn free(bits: u32, fixed: usize) -> impl Iterator<Item = usize> {
    let end = 1usize << bits;
    std::iter::successors(Some(0), move |&at| {
        Some((at | fixed).wrapping_add(1) & !fixed).filter(|&at| at < end)
    })
}
