//! Whether counts follow a distribution.

use std::collections::BTreeMap;

/// Panics unless the counts pass Pearson's chi-square test against exact probabilities. Outcomes
/// with few expected counts are pooled. The bound is passed by chance about once in a million; with
/// fixed seeds a test passes always or never.
pub fn assert_follows(counts: &[(String, u64)], exact: &BTreeMap<String, f64>, what: &str) {
    const POOL_BELOW: f64 = 8.0;
    let shots: u64 = counts.iter().map(|(_, count)| count).sum();
    let mut seen: BTreeMap<&str, u64> = counts.iter().map(|(bits, count)| (bits.as_str(), *count)).collect();
    let (mut chi_square, mut cells) = (0.0, 0.0);
    let (mut pooled_expected, mut pooled_seen) = (0.0, 0.0);
    for (bits, chance) in exact {
        let expected = chance * shots as f64;
        let count = seen.remove(bits.as_str()).unwrap_or(0) as f64;
        if expected < POOL_BELOW {
            pooled_expected += expected;
            pooled_seen += count;
        } else {
            chi_square += (count - expected).powi(2) / expected;
            cells += 1.0;
        }
    }
    assert!(seen.is_empty(), "{what}: impossible outcomes came: {seen:?}");
    if pooled_expected >= POOL_BELOW {
        chi_square += (pooled_seen - pooled_expected).powi(2) / pooled_expected;
        cells += 1.0;
    } else {
        assert!(
            pooled_seen < pooled_expected + 8.0 * (pooled_expected + 1.0).sqrt(),
            "{what}: rare outcomes"
        );
    }
    // Wilson and Hilferty's approximation of the chi-square distribution, at five sigmas.
    let freedom = f64::max(cells - 1.0, 1.0);
    let bound = freedom * (1.0 - 2.0 / (9.0 * freedom) + 5.0 * (2.0 / (9.0 * freedom)).sqrt()).powi(3);
    assert!(chi_square < bound, "{what}: chi-square {chi_square} at {freedom} degrees of freedom");
}
