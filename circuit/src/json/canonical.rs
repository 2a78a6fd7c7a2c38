//! The canonical bytes of a document: what CPython's
//! `json.dumps(sort_keys=True, separators=(",", ":"), allow_nan=False)` gives.

use super::{Document, Kind, number, string};

/// A container whose children are being written.
enum Frame {
    /// The next element, and the node after the last.
    Array { next: u32, end: u32 },
    /// Where in the list of sorted keys the rest of its keys begins and ends.
    Object { next: usize, start: usize, end: usize },
}

/// Writes a document canonically. Keys are sorted by code point, which is the order of their UTF-8.
pub(crate) fn canonical(document: &Document<'_>) -> String {
    let mut out = String::with_capacity(document.text.len());
    let mut frames: Vec<Frame> = Vec::new();
    // Sorted keys of all open objects, one behind the other.
    let mut keys: Vec<u32> = Vec::new();
    open(document, 0, &mut out, &mut frames, &mut keys);
    while let Some(frame) = frames.last_mut() {
        let value = match frame {
            Frame::Array { next, end } if *next < *end => {
                let value = *next;
                *next = document.node(value).next;
                comma(&mut out, '[');
                value
            }
            Frame::Object { next, end, .. } if *next < *end => {
                let key = keys[*next];
                *next += 1;
                comma(&mut out, '{');
                push_string(document, key, &mut out);
                out.push(':');
                key + 1
            }
            Frame::Array { .. } => {
                out.push(']');
                frames.pop();
                continue;
            }
            Frame::Object { start, .. } => {
                out.push('}');
                keys.truncate(*start);
                frames.pop();
                continue;
            }
        };
        open(document, value, &mut out, &mut frames, &mut keys);
    }
    out
}

/// Writes a comma, unless a container was just opened. No value ends in an opening bracket: a
/// string ends in a quote.
fn comma(out: &mut String, opening: char) {
    if !out.ends_with(opening) {
        out.push(',');
    }
}

/// Writes a value, or the opening bracket of a container.
fn open(document: &Document<'_>, at: u32, out: &mut String, frames: &mut Vec<Frame>, keys: &mut Vec<u32>) {
    let node = document.node(at);
    match node.kind {
        Kind::Null => out.push_str("null"),
        Kind::True => out.push_str("true"),
        Kind::False => out.push_str("false"),
        // CPython reads `-0` as the integer 0.
        Kind::Integer => out.push_str(if document.raw(at) == "-0" { "0" } else { document.raw(at) }),
        Kind::Float => number::push_double(out, document.raw(at).parse().unwrap_or(0.0)),
        Kind::Plain | Kind::Escaped => push_string(document, at, out),
        Kind::Array => {
            out.push('[');
            frames.push(Frame::Array { next: at + 1, end: node.next });
        }
        Kind::Object => {
            out.push('{');
            let start = keys.len();
            let mut key = at + 1;
            while key < node.next {
                keys.push(key);
                key = document.node(key + 1).next;
            }
            document.sort_keys(&mut keys[start..]);
            frames.push(Frame::Object { next: start, start, end: keys.len() });
        }
    }
}

fn push_string(document: &Document<'_>, at: u32, out: &mut String) {
    let raw = document.raw(at);
    // What has no escapes and is printable ASCII stays as it is.
    if document.node(at).kind == Kind::Plain && raw.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push('"');
        out.push_str(raw);
        out.push('"');
        return;
    }
    string::push_quoted(out, &document.decoded(at));
}

impl Document<'_> {
    /// Sorts key nodes by their text.
    pub(super) fn sort_keys(&self, keys: &mut [u32]) {
        if keys.iter().all(|&key| self.node(key).kind == Kind::Plain) {
            if !keys.is_sorted_by_key(|&key| self.raw(key)) {
                keys.sort_unstable_by_key(|&key| self.raw(key));
            }
        } else {
            keys.sort_by_cached_key(|&key| self.decoded(key));
        }
    }
}
