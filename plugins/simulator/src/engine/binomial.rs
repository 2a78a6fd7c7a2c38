//! Binomial random numbers: how many of n shots go one way.
//!
//! With them, the cost of sampling follows the number of different outcomes, not of shots. Two
//! methods, as usual: inversion where few successes are expected, else Hörmann's transformed
//! rejection BTRS ("The generation of binomial random variates", J. Stat. Comput. Simul. 46, 1993).

use super::random::Random;

/// Below this many expected successes, inversion needs the fewest steps.
const INVERSION_BELOW: f64 = 10.0;

/// Of `shots`, how many hit, where hitting and missing have these weights (not negative, at least
/// one positive, of any sum). Exact at the ends: a weight of 0 never gets a shot.
pub fn binomial(random: &mut Random, shots: u64, hit: f64, miss: f64) -> u64 {
    if hit <= 0.0 || shots == 0 {
        return 0;
    }
    if miss <= 0.0 {
        return shots;
    }
    // Both methods want p ≤ ½; the smaller weight has the smaller relative error, too.
    if hit > miss {
        shots - draw(random, shots, miss / (hit + miss))
    } else {
        draw(random, shots, hit / (hit + miss))
    }
}

fn draw(random: &mut Random, shots: u64, p: f64) -> u64 {
    if shots as f64 * p < INVERSION_BELOW { invert(random, shots, p) } else { transform(random, shots, p) }
}

/// Walks up the cumulative distribution until it passes a uniform number.
fn invert(random: &mut Random, shots: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let none = (shots as f64 * (-p).ln_1p()).exp();
    loop {
        let mut rest = random.unit();
        let mut chance = none;
        for successes in 0..=shots {
            if rest < chance {
                return successes;
            }
            rest -= chance;
            chance *= odds * (shots - successes) as f64 / (successes + 1) as f64;
            if chance == 0.0 {
                break; // The walk fell off the rounded end: draw again.
            }
        }
    }
}

/// BTRS: a transformed uniform number, accepted with the ratio of the densities.
fn transform(random: &mut Random, shots: u64, p: f64) -> u64 {
    let n = shots as f64;
    let odds = p / (1.0 - p);
    let deviation = (n * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = n * p + 0.5;
    let alpha = (2.83 + 5.1 / b) * deviation;
    let squeeze = 0.92 - 4.2 / b;
    let mode = ((n + 1.0) * p).floor();
    loop {
        let u = random.unit() - 0.5;
        let v = random.positive_unit();
        let edge = 0.5 - u.abs();
        let k = ((2.0 * a / edge + b) * u + centre).floor();
        if edge >= 0.07 && v <= squeeze {
            return k as u64;
        }
        if k < 0.0 || k > n {
            continue;
        }
        let candidate = (v * alpha / (a / (edge * edge) + b)).ln();
        let bound = (mode + 0.5) * ((mode + 1.0) / (odds * (n - mode + 1.0))).ln()
            + (n + 1.0) * ((n - mode + 1.0) / (n - k + 1.0)).ln()
            + (k + 0.5) * (odds * (n - k + 1.0) / (k + 1.0)).ln()
            + stirling_error(mode)
            + stirling_error(n - mode)
            - stirling_error(k)
            - stirling_error(n - k);
        if candidate <= bound {
            return k as u64;
        }
    }
}

/// ln k! − (½·ln 2π + (k + ½)·ln(k + 1) − (k + 1)): what Stirling's formula about k + 1 leaves.
fn stirling_error(k: f64) -> f64 {
    // Below 10 the series is not accurate enough: exact values.
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_3,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_093,
        0.016_644_691_189_821_193,
        0.013_876_128_823_070_748,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_096,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if let Some(&error) = SMALL.get(k as usize) {
        return error;
    }
    let square = (k + 1.0) * (k + 1.0);
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / (k + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of many draws, in units of what chance allows.
    fn deviations(shots: u64, p: f64) -> (f64, f64) {
        const DRAWS: u32 = 20_000;
        let mut random = Random::from_seed(shots ^ p.to_bits());
        let draws: Vec<f64> = (0..DRAWS).map(|_| binomial(&mut random, shots, p, 1.0 - p) as f64).collect();
        let (count, expected) = (f64::from(DRAWS), shots as f64 * p);
        let variance = expected * (1.0 - p);
        let mean = draws.iter().sum::<f64>() / count;
        let spread = draws.iter().map(|k| (k - expected).powi(2)).sum::<f64>() / count;
        // Var of the squared deviation: the fourth moment is at most 3σ⁴ + σ².
        let spread_error = ((2.0 * variance * variance + variance) / count).sqrt();
        ((mean - expected) / (variance / count).sqrt(), (spread - variance) / spread_error)
    }

    #[test]
    fn mean_and_variance_are_those_of_the_binomial_distribution_for_both_methods() {
        for (shots, p) in [
            (1, 0.3),
            (10, 0.5),
            (30, 0.2),
            (30, 0.9),
            (100, 0.45),
            (1000, 0.011),
            (1_000_000, 0.7),
            (50, 1e-3),
        ] {
            let (mean, spread) = deviations(shots, p);
            assert!(mean.abs() < 4.0 && spread.abs() < 4.5, "n={shots} p={p}: {mean} {spread} sigmas off");
        }
    }

    #[test]
    fn the_rejection_method_has_the_exact_distribution() {
        let (shots, p, draws) = (40u64, 0.4, 200_000u32);
        let mut random = Random::from_seed(7);
        let mut seen = [0u32; 41];
        for _ in 0..draws {
            seen[binomial(&mut random, shots, p, 1.0 - p) as usize] += 1;
        }
        let mut chance = (1.0 - p).powi(40);
        let mut chi_square = 0.0;
        for k in 0..=shots {
            let expected = chance * f64::from(draws);
            if expected > 10.0 {
                chi_square += (f64::from(seen[k as usize]) - expected).powi(2) / expected;
            }
            chance *= p / (1.0 - p) * (shots - k) as f64 / (k + 1) as f64;
        }
        // About 26 cells: chi-square beyond 60 has a chance of 1e-4.
        assert!(chi_square < 60.0, "chi-square {chi_square}");
    }

    #[test]
    fn impossible_outcomes_never_come_and_certain_ones_always() {
        let mut random = Random::from_seed(1);
        for shots in [0, 1, 5, 1_000_000] {
            assert_eq!(binomial(&mut random, shots, 0.0, 1.0), 0);
            assert_eq!(binomial(&mut random, shots, 1.0, 0.0), shots);
            assert_eq!(binomial(&mut random, shots, 1e-30, 1.0), 0);
            assert_eq!(binomial(&mut random, shots, 1.0, 1e-30), shots);
        }
    }
}
