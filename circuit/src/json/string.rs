//! Strings: scanning, decoding, and writing them as CPython does.

use std::fmt::Write;

/// A string's extent, from behind the opening quote.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// It ends before this byte, where the closing quote is; whether there were escapes.
    End(usize, bool),
    /// What is wrong at which byte.
    Broken(usize, &'static str),
}

/// Finds the end of a string and checks its escapes.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut at = 0;
    let mut escaped = false;
    loop {
        match bytes.get(at) {
            None => return Scan::Broken(at, "the string does not end"),
            Some(b'"') => return Scan::End(at, escaped),
            Some(0..0x20) => return Scan::Broken(at, "a control character in a string must be escaped"),
            Some(b'\\') => {
                escaped = true;
                match escape(&bytes[at..]) {
                    Ok(length) => at += length,
                    Err(message) => return Scan::Broken(at, message),
                }
            }
            Some(_) => at += 1,
        }
    }
}

/// The length of the escape at the beginning, a surrogate pair counted as one.
fn escape(bytes: &[u8]) -> Result<usize, &'static str> {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => match hex4(bytes) {
            None => Err("\\u must be followed by four hexadecimal digits"),
            Some(0xD800..0xDC00) if matches!(hex4(&bytes[6..]), Some(0xDC00..0xE000)) => Ok(12),
            Some(0xD800..0xE000) => Err("half of a surrogate pair is not a character"),
            Some(_) => Ok(6),
        },
        _ => Err("unknown escape in a string"),
    }
}

/// The code unit of a `\uXXXX` at the beginning.
fn hex4(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
}

/// The text that a scanned string stands for.
pub(super) fn decode(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, length) = decode_escape(&rest.as_bytes()[at..]);
        out.push(c);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// The character an escape stands for, and the escape's length.
fn decode_escape(bytes: &[u8]) -> (char, usize) {
    let simple = |c| (c, 2);
    match bytes.get(1) {
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => match (hex4(bytes), bytes.get(6..).and_then(hex4)) {
            (Some(high @ 0xD800..0xDC00), Some(low @ 0xDC00..0xE000)) => {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
            }
            (Some(unit), _) => (char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            (None, _) => simple('u'),
        },
        Some(&other) => simple(char::from(other)),
        None => ('\\', 1),
    }
}

/// Writes a string with its quotes, as `json.dumps` with `ensure_ascii` does.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut clean = 0;
    for (at, c) in text.char_indices() {
        if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') {
            continue;
        }
        out.push_str(&text[clean..at]);
        clean = at + c.len_utf8();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

/// Adds an index to a path.
pub(super) fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// Adds a key to a path: `.name`, or `["any thing"]` shortened where it is not a name.
pub(super) fn push_key(path: &mut String, key: &str) {
    let is_name = !key.is_empty()
        && key.len() <= 64
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_name {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        let quoted = crate::text::quote(key);
        let _ = write!(path, "[\"{}\"]", quoted.trim_matches('`'));
    }
}
