//! Diagonal gates: one phase where controls hold, or a table of phases over some qubits.

use super::lanes::{Lanes, chosen, free};
use super::{LANE_MASK, LANE_QUBITS, LANES};
use crate::engine::gate::Controls;
use crate::engine::real::Real;

/// Multiplies by the complex number `phase` wherever the controls hold.
pub fn phase<T: Real>(re: &mut [T], im: &mut [T], on: Controls, [pr, pi]: [T; 2]) {
    let (re, im) = (re.as_chunks_mut::<LANES>().0, im.as_chunks_mut::<LANES>().0);
    let bits = re.len().trailing_zeros();
    let lanes = chosen(on.mask & LANE_MASK, on.value & LANE_MASK, |lane| lane);
    // As a factor for each lane: 1 where the controls do not hold.
    let pr: Lanes<T> = lanes.map(|on| if on { pr } else { T::of(1.0) });
    let pi: Lanes<T> = lanes.map(|on| if on { pi } else { T::of(0.0) });
    let (fixed, value) = (on.mask >> LANE_QUBITS, on.value >> LANE_QUBITS);
    let run = if fixed == 0 { re.len() } else { 1 << fixed.trailing_zeros() };
    for at in free(bits, fixed | (run - 1)) {
        let at = at | value;
        for (re, im) in re[at..at + run].iter_mut().zip(&mut im[at..at + run]) {
            multiply(re, im, &pr, &pi);
        }
    }
}

/// Multiplies the amplitudes of the g-th group by those of the `slots[g]`-th of `re_factors`, `im_factors`.
pub fn look_up<T: Real>(
    re: &mut [T],
    im: &mut [T],
    slots: &[u16],
    re_factors: &[Lanes<T>],
    im_factors: &[Lanes<T>],
) {
    let groups = re.as_chunks_mut::<LANES>().0.iter_mut().zip(im.as_chunks_mut::<LANES>().0);
    for ((re, im), slot) in groups.zip(slots) {
        multiply(re, im, &re_factors[usize::from(*slot)], &im_factors[usize::from(*slot)]);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the loop's body")]
fn multiply<T: Real>(re: &mut Lanes<T>, im: &mut Lanes<T>, pr: &Lanes<T>, pi: &Lanes<T>) {
    for lane in 0..LANES {
        let (r, i) = (re[lane], im[lane]);
        re[lane] = pr[lane] * r - pi[lane] * i;
        im[lane] = pr[lane] * i + pi[lane] * r;
    }
}
