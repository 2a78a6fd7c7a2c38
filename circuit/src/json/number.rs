//! Numbers: their grammar, and how CPython writes them.

use std::fmt::Write;

/// The most digits of an integer. CPython refuses to read longer ones, so they have no canonical form.
pub(super) const DIGITS: usize = 4_300;

/// What follows at the beginning of `bytes`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// An integer of so many bytes.
    Integer(usize),
    /// A number with fraction or exponent, of so many bytes.
    Float(usize),
    /// Not a number by the JSON grammar: what went wrong at which byte.
    Broken(usize, &'static str),
}

/// Reads the longest number at the beginning of `bytes`, which starts with a digit or a minus.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(sign);
    let mut at = sign + whole;
    if whole == 0 {
        return Scan::Broken(at, "a minus must be followed by a digit");
    }
    if whole > 1 && bytes[sign] == b'0' {
        return Scan::Broken(sign, "a number must not have leading zeros");
    }
    let mut float = false;
    if bytes.get(at) == Some(&b'.') {
        float = true;
        let fraction = digits(at + 1);
        if fraction == 0 {
            return Scan::Broken(at, "a decimal point must be followed by a digit");
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        float = true;
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return Scan::Broken(at, "an exponent must have a digit");
        }
        at += 1 + sign + exponent;
    }
    if float {
        Scan::Float(at)
    } else if whole > DIGITS {
        Scan::Broken(sign, "an integer must not have more than 4300 digits")
    } else {
        Scan::Integer(at)
    }
}

/// An integer's value, clamped to the range of `i64`.
pub(super) fn saturating_integer(text: &str) -> i64 {
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// Writes a finite double as CPython's `repr` does: the shortest digits that read back the same,
/// with an exponent when it is below -4 or from 16 on.
pub(crate) fn push_double(out: &mut String, value: f64) {
    let scientific = shortest(value);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{mantissa}e{sign}{:02}", exponent.unsigned_abs());
        return;
    }
    let digits = mantissa.trim_start_matches('-');
    if digits.len() < mantissa.len() {
        out.push('-');
    }
    let digits = digits.bytes().filter(u8::is_ascii_digit).map(char::from);
    if exponent < 0 {
        out.push_str("0.");
        out.extend((exponent..-1).map(|_| '0'));
        out.extend(digits);
        return;
    }
    let point = exponent as usize + 1;
    let mut count = 0;
    for digit in digits {
        if count == point {
            out.push('.');
        }
        out.push(digit);
        count += 1;
    }
    if count <= point {
        out.extend((count..point).map(|_| '0'));
        out.push_str(".0");
    }
}

/// The shortest digits that read back the same, as `d.ddde-x`; of two that are equally near, those
/// that end in an even digit, where the standard library would take the larger.
///
/// Two can be equally near only from 15 digits on: shorter decimals are different doubles.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    if !may_be_halfway(value) {
        return shortest;
    }
    let digits = shortest.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count();
    if digits < 15 {
        return shortest;
    }
    let even = format!("{value:.*e}", digits - 1);
    if even != shortest && even.parse() == Ok(value) { even } else { shortest }
}

/// Whether a value may lie halfway between two decimals of 17 digits or fewer: then its own decimal
/// digits end after 18, and a number with so many binary places has as many decimal ones.
fn may_be_halfway(value: f64) -> bool {
    let bits = value.to_bits();
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let exponent = (bits >> 52 & 0x7FF).cast_signed() - 1075;
    let places = -(exponent + i64::from(mantissa.trailing_zeros()));
    // Of these, the zeros in front of the first digit do not count: 0.301 for each power of two.
    let size = exponent + 52;
    places + size * 301 / 1000 <= 20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_cpython_writes_them() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (1e-7, "1e-07"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e22, "1e+22"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (-0.001_5, "-0.0015"),
            (-120.5, "-120.5"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            // Equally near to …962.2 and …962.3.
            (5_018_257_115_783_849.0 / 4.0, "1254564278945962.2"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (value, text) in cases {
            let mut out = String::new();
            push_double(&mut out, value);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn the_number_grammar_is_jsons() {
        assert_eq!(scan(b"-0,"), Scan::Integer(2));
        assert_eq!(scan(b"10]"), Scan::Integer(2));
        assert_eq!(scan(b"1.5e-3}"), Scan::Float(6));
        for broken in ["-", "01", "1.", "1.e5", "1e", "1e+", "-x"] {
            assert!(matches!(scan(broken.as_bytes()), Scan::Broken(..)), "{broken}");
        }
    }
}
