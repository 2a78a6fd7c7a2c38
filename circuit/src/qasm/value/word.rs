//! Arithmetic on bits, the least significant first.
//!
//! The circuits are the textbook ones: ripple carry, shift and add, barrel shifters. Bits that are
//! known fold away, so that a counter costs only as much as its unknown part.

use super::super::fault::Fault;
use super::super::tape::{Lit, Tape};

/// Bits extended or cut to a width.
pub(super) fn resize(bits: &[Lit], width: usize, signed: bool) -> Vec<Lit> {
    let fill = if signed { bits.last().copied().unwrap_or(Lit::FALSE) } else { Lit::FALSE };
    let mut bits = bits.to_vec();
    bits.resize(width, fill);
    bits
}

/// The bits of a known integer.
pub(super) fn constant(value: i128, width: usize) -> Vec<Lit> {
    (0..width).map(|place| Lit::Known(value >> place.min(127) & 1 == 1)).collect()
}

/// The integer, if all bits are known and it fits.
pub(super) fn known(bits: &[Lit], signed: bool) -> Option<i128> {
    let mut value = 0_i128;
    let last = bits.len().wrapping_sub(1);
    for (place, bit) in bits.iter().enumerate() {
        let bit = bit.known()?;
        if place >= 127 {
            if bit != (signed && value < 0) {
                return None;
            }
            continue;
        }
        if bit {
            value += if signed && place == last { -(1 << place) } else { 1 << place };
        }
    }
    Some(value)
}

pub(super) fn add(tape: &mut Tape, a: &[Lit], b: &[Lit], mut carry: Lit) -> Result<Vec<Lit>, Fault> {
    let mut sum = Vec::with_capacity(a.len());
    for (place, (&a, &b)) in a.iter().zip(b).enumerate() {
        let difference = tape.xor(a, b)?;
        sum.push(tape.xor(difference, carry)?);
        if place + 1 < sum.capacity() {
            // The carry is that of the sum where the two differ, and else either of them.
            carry = tape.choose(difference, carry, a)?;
        }
    }
    Ok(sum)
}

pub(super) fn negate(tape: &mut Tape, a: &[Lit]) -> Result<Vec<Lit>, Fault> {
    let inverted: Vec<Lit> = a.iter().map(|&bit| !bit).collect();
    add(tape, &inverted, &vec![Lit::FALSE; a.len()], Lit::TRUE)
}

pub(super) fn subtract(tape: &mut Tape, a: &[Lit], b: &[Lit]) -> Result<Vec<Lit>, Fault> {
    let inverted: Vec<Lit> = b.iter().map(|&bit| !bit).collect();
    add(tape, a, &inverted, Lit::TRUE)
}

pub(super) fn multiply(tape: &mut Tape, a: &[Lit], b: &[Lit]) -> Result<Vec<Lit>, Fault> {
    let width = a.len();
    let mut sum = vec![Lit::FALSE; width];
    for (place, &bit) in b.iter().enumerate() {
        if bit == Lit::FALSE {
            continue;
        }
        let mut row = vec![Lit::FALSE; place];
        for &digit in &a[..width - place] {
            row.push(tape.and(digit, bit)?);
        }
        sum = add(tape, &sum, &row, Lit::FALSE)?;
    }
    Ok(sum)
}

/// Quotient and remainder of unsigned numbers, by long division; by zero, all ones and `a`.
pub(super) fn divide(tape: &mut Tape, a: &[Lit], b: &[Lit]) -> Result<(Vec<Lit>, Vec<Lit>), Fault> {
    let width = a.len();
    let divisor = resize(b, width + 1, false);
    let mut rest = vec![Lit::FALSE; width + 1];
    let mut quotient = vec![Lit::FALSE; width];
    for place in (0..width).rev() {
        rest.pop();
        rest.insert(0, a[place]);
        let difference = subtract(tape, &rest, &divisor)?;
        let fits = !difference.last().copied().unwrap_or(Lit::FALSE);
        quotient[place] = fits;
        rest = choose(tape, fits, &difference, &rest)?;
    }
    rest.pop();
    Ok((quotient, rest))
}

pub(super) fn choose(tape: &mut Tape, condition: Lit, yes: &[Lit], no: &[Lit]) -> Result<Vec<Lit>, Fault> {
    yes.iter().zip(no).map(|(&yes, &no)| tape.choose(condition, yes, no)).collect()
}

pub(super) fn same(tape: &mut Tape, a: &[Lit], b: &[Lit]) -> Result<Lit, Fault> {
    // One bit that is known to differ decides it, before any step is written.
    let differs = |(a, b): (&Lit, &Lit)| a.known().is_some_and(|a| b.known() == Some(!a)) || *a == !*b;
    if a.iter().zip(b).any(differs) {
        return Ok(Lit::FALSE);
    }
    // All that have to be 1, and all that have to be 0.
    let (mut ones, mut zeros) = (Lit::TRUE, Lit::FALSE);
    for (&a, &b) in a.iter().zip(b) {
        match !tape.xor(a, b)? {
            alike @ Lit::Wire { negated: true, .. } => zeros = tape.or(zeros, !alike)?,
            alike => ones = tape.and(ones, alike)?,
        }
    }
    tape.and(ones, !zeros)
}

/// `a < b`
pub(super) fn less(tape: &mut Tape, a: &[Lit], b: &[Lit], signed: bool) -> Result<Lit, Fault> {
    let mut less = Lit::FALSE;
    let last = a.len().wrapping_sub(1);
    for (place, (&a, &b)) in a.iter().zip(b).enumerate() {
        let (a, b) = if signed && place == last { (b, a) } else { (a, b) };
        let differ = tape.xor(a, b)?;
        less = tape.choose(differ, b, less)?;
    }
    Ok(less)
}

/// Moves bits to higher places by a known distance, or to lower ones if it is negative; `fill`
/// comes in.
pub(super) fn shift(bits: &[Lit], distance: i128, fill: Lit) -> Vec<Lit> {
    let width = bits.len() as i128;
    let from = |place: i128| match place.checked_sub(distance) {
        Some(place) if (0..width).contains(&place) => bits[place as usize],
        _ => fill,
    };
    (0..width).map(from).collect()
}

pub(super) fn rotate(bits: &[Lit], distance: i128) -> Vec<Lit> {
    let mut bits = bits.to_vec();
    let width = bits.len().max(1) as i128;
    if !bits.is_empty() {
        bits.rotate_right(distance.rem_euclid(width) as usize);
    }
    bits
}

/// Moves bits by a distance that is not known: one choice for each of the distance's bits.
pub(super) fn barrel(
    tape: &mut Tape,
    bits: &[Lit],
    distance: &[Lit],
    moved: impl Fn(&[Lit], i128) -> Vec<Lit>,
) -> Result<Vec<Lit>, Fault> {
    let mut bits = bits.to_vec();
    for (place, &condition) in distance.iter().enumerate() {
        let far = moved(&bits, 1_i128 << place.min(64));
        bits = choose(tape, condition, &far, &bits)?;
    }
    Ok(bits)
}

/// How many bits are 1.
pub(super) fn popcount(tape: &mut Tape, bits: &[Lit]) -> Result<Vec<Lit>, Fault> {
    let width = (usize::BITS - bits.len().leading_zeros()) as usize;
    let mut sum = vec![Lit::FALSE; width.max(1)];
    for &bit in bits {
        let mut row = vec![Lit::FALSE; sum.len()];
        row[0] = bit;
        sum = add(tape, &sum, &row, Lit::FALSE)?;
    }
    Ok(sum)
}
