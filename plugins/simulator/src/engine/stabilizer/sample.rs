//! Outcomes of an affine space, all equally likely.
//!
//! The bits are sums of unknowns, so that all outcomes are one of them plus any sum of a few basis
//! vectors. Shots are divided between the two halves of the space again and again, by the binomial distribution,
//! until an outcome is left, or a single shot, whose remaining bits are drawn directly: the cost follows
//! the different outcomes.

use super::tableau::Sum;
use crate::engine::binomial::binomial;
use crate::engine::random::Random;

/// A set of output bits, 64 to a word.
type Bits = Vec<u64>;

/// Draws `shots` outcomes and hands each bitstring (highest bit leftmost) with its count to `take`.
pub fn draw<E>(
    outputs: &[Sum],
    shots: u64,
    random: &mut Random,
    mut take: impl FnMut(String, u64) -> Result<(), E>,
) -> Result<(), E> {
    let words = outputs.len().div_ceil(64);
    let mut origin = vec![0; words];
    for (bit, _) in outputs.iter().enumerate().filter(|(_, sum)| sum.value) {
        origin[bit / 64] |= 1 << (bit % 64);
    }
    let basis = basis(outputs, words);
    // Depth first, with a stack of what is still to be divided.
    let mut open = vec![(0, shots, origin)];
    while let Some((level, shots, mut point)) = open.pop() {
        if shots == 1 {
            for vectors in basis[level..].chunks(32) {
                let mut coins = (random.unit() * f64::from(1u32 << 31) * 2.0) as u64;
                for vector in vectors {
                    if coins & 1 == 1 {
                        add(&mut point, vector);
                    }
                    coins >>= 1;
                }
            }
            take(text(&point, outputs.len()), 1)?;
            continue;
        }
        let Some(vector) = basis.get(level) else {
            take(text(&point, outputs.len()), shots)?;
            continue;
        };
        let ones = binomial(random, shots, 0.5, 0.5);
        if ones > 0 {
            let mut other = point.clone();
            add(&mut other, vector);
            open.push((level + 1, ones, other));
        }
        if ones < shots {
            open.push((level + 1, shots - ones, point));
        }
    }
    Ok(())
}

/// Which outputs each unknown changes, without those that are sums of others.
fn basis(outputs: &[Sum], words: usize) -> Vec<Bits> {
    let unknowns = outputs.iter().map(|sum| 64 * sum.unknowns.len()).max().unwrap_or(0);
    let mut vectors: Vec<Bits> = vec![vec![0; words]; unknowns];
    for (bit, sum) in outputs.iter().enumerate() {
        for (word, mut rest) in sum.unknowns.iter().copied().enumerate() {
            while rest != 0 {
                vectors[64 * word + rest.trailing_zeros() as usize][bit / 64] |= 1 << (bit % 64);
                rest &= rest - 1;
            }
        }
    }
    // Gaussian elimination: no later vector has the leading bit of an earlier one, so none is a sum of others.
    let mut basis: Vec<(usize, Bits)> = Vec::new();
    for mut vector in vectors {
        for (lead, kept) in &basis {
            if vector[lead / 64] >> (lead % 64) & 1 == 1 {
                add(&mut vector, kept);
            }
        }
        let Some(word) = vector.iter().position(|word| *word != 0) else { continue };
        basis.push((64 * word + vector[word].trailing_zeros() as usize, vector));
    }
    basis.into_iter().map(|(_, vector)| vector).collect()
}

fn add(point: &mut [u64], vector: &[u64]) {
    point.iter_mut().zip(vector).for_each(|(word, more)| *word ^= more);
}

fn text(point: &[u64], length: usize) -> String {
    (0..length).rev().map(|bit| if point[bit / 64] >> (bit % 64) & 1 == 1 { '1' } else { '0' }).collect()
}
