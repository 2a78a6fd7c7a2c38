//! Counts as horizontal bars.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Outcomes drawn; the rest is summed up in one line.
const MAX_BARS: usize = 32;
const NARROWEST_BAR: usize = 10;
const DEFAULT_WIDTH: usize = 80;
/// Eighths of a block, so that a bar's length is true to an eighth of a character.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Columns of the terminal, or 80.
pub(super) fn terminal_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(DEFAULT_WIDTH)
}

/// One line an outcome: bitstring, bar, count and share. The most frequent are drawn if there are
/// too many, in the order of their bitstrings.
pub(super) fn draw(counts: &BTreeMap<String, i64>, width: usize) -> String {
    let total: i64 = counts.values().sum();
    let mut frequent: Vec<_> = counts.iter().collect();
    frequent.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let rest = frequent.split_off(frequent.len().min(MAX_BARS));
    frequent.sort();
    let most = frequent.iter().map(|(_, count)| **count).max().unwrap_or(1).max(1);
    let bits_width = frequent.iter().map(|(bits, _)| bits.len()).max().unwrap_or(0);
    let count_width = most.to_string().len();
    let bar_width = width.saturating_sub(bits_width + count_width + 12).max(NARROWEST_BAR);
    let mut chart = String::new();
    for (bits, count) in frequent {
        let share = *count as f64 / total.max(1) as f64 * 100.0;
        let bar = bar(*count as f64 / most as f64, bar_width);
        // Writing to a string cannot fail.
        let _ =
            writeln!(chart, "{bits:>bits_width$} │{bar:<bar_width$}│ {count:>count_width$} {share:5.1} %");
    }
    if !rest.is_empty() {
        let shots: i64 = rest.iter().map(|(_, count)| **count).sum();
        let _ = writeln!(chart, "… {} more outcomes with {shots} shots", rest.len());
    }
    chart
}

fn bar(fraction: f64, width: usize) -> String {
    let eighths = (fraction.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_to_the_most_frequent_outcome() {
        let counts = BTreeMap::from([("00".to_owned(), 800), ("11".to_owned(), 400)]);
        let chart = draw(&counts, 41);
        let lengths: Vec<_> = chart.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(lengths[0], 2 * lengths[1]);
        assert!(chart.contains("66.7 %"), "{chart}");
    }

    #[test]
    fn too_many_outcomes_are_summed_up() {
        let counts = (0..100).map(|index| (format!("{index:07b}"), 1)).collect();
        let chart = draw(&counts, 80);
        assert_eq!(chart.lines().count(), MAX_BARS + 1);
        assert!(chart.ends_with("… 68 more outcomes with 68 shots\n"), "{chart}");
    }
}
