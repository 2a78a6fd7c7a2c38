//! Small things about text: quoting, positions, and near misses.

/// The most characters of foreign text that a message repeats.
const QUOTED: usize = 40;

/// Foreign text for a message: in backquotes, control characters escaped, cut when long.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for c in text.chars().take(QUOTED) {
        if c.is_control() { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    quoted.push('`');
    quoted
}

/// Line and column, both from 1, of a byte offset. Columns count characters.
pub(crate) fn line_column(source: &[u8], offset: usize) -> (u32, u32) {
    let before = &source[..offset.min(source.len())];
    let line = before.split(|&byte| byte == b'\n').count() - 1;
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    // Continuation bytes do not begin a character; counting the others works on broken text too.
    let column = before[start..].iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
    (line as u32 + 1, column as u32 + 1)
}

/// The candidate that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 32;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let allowed = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        // One-letter names are near to everything: something must be left in common.
        .filter(|&(distance, candidate)| {
            distance <= allowed && distance < candidate.chars().count().max(lower.chars().count())
        })
        .min_by_key(|&(distance, candidate)| {
            (distance, !candidate.starts_with(word.chars().next().unwrap_or(' ')))
        })
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_bounded_and_shows_no_control_characters() {
        assert_eq!(quote("a\nb"), "`a\\nb`");
        assert_eq!(quote(&"x".repeat(100)), format!("`{}…`", "x".repeat(40)));
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        assert_eq!(line_column("aé\nπx".as_bytes(), 0), (1, 1));
        assert_eq!(line_column("aé\nπx".as_bytes(), 3), (1, 3));
        assert_eq!(line_column("aé\nπx".as_bytes(), 4), (2, 1));
        assert_eq!(line_column("aé\nπx".as_bytes(), 6), (2, 2));
        assert_eq!(line_column("ab".as_bytes(), 99), (1, 3));
    }

    #[test]
    fn near_misses_are_found_and_strangers_are_not() {
        assert_eq!(nearest("cnto", ["cx", "swap", "cnot"]), Some("cnot"));
        assert_eq!(nearest("H", ["x", "h"]), Some("h"));
        assert_eq!(nearest("q", ["x", "h"]), None);
        assert_eq!(nearest("entangle", ["x", "h", "swap"]), None);
    }
}
