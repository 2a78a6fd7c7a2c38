//! Which trace a call belongs to.
//!
//! Owns the reading of W3C Trace Context (<https://www.w3.org/TR/trace-context/>, `traceparent` version 00
//! and what the recommendation says of later ones) and of the bare `trace_id` header that older callers
//! send. The invariant: a context always has a trace id and a span id of its own, and both are safe to put
//! into a log line or a header as they are.

/// The place of one call in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace: 32 lower-case hex digits, or what the caller's `trace_id` header says when that is other
    /// short text (up to 64 letters, digits and `-_.:`).
    pub trace_id: String,
    /// The caller's span: 16 lower-case hex digits. `None` when the trace starts here.
    pub parent_span_id: Option<String>,
    /// Our span: 16 lower-case hex digits.
    pub span_id: String,
    /// Whether the caller records this trace. True for a trace that starts here.
    pub sampled: bool,
}

/// Longest `trace_id` header that is taken.
const MAX_BARE_ID: usize = 64;

impl TraceContext {
    /// A trace that starts here.
    pub fn generate() -> Self {
        Self { trace_id: new_trace_id(), parent_span_id: None, span_id: new_span_id(), sampled: true }
    }

    /// The trace that the caller's headers name: `traceparent` if it is valid, else `trace_id`, else a new
    /// one. What is malformed is ignored, as the recommendation demands.
    pub fn from_headers(traceparent: Option<&str>, trace_id: Option<&str>) -> Self {
        let fresh = Self::generate();
        if let Some(parent) = traceparent.and_then(Parent::parse) {
            return Self {
                trace_id: parent.trace_id.to_owned(),
                parent_span_id: Some(parent.span_id.to_owned()),
                sampled: parent.sampled,
                ..fresh
            };
        }
        match trace_id.and_then(bare_id) {
            Some(trace_id) => Self { trace_id, ..fresh },
            None => fresh,
        }
    }

    /// A step inside this call: the same trace, a new span whose parent is ours.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            trace_id: self.trace_id.clone(),
            parent_span_id: Some(self.span_id.clone()),
            span_id: new_span_id(),
            sampled: self.sampled,
        }
    }

    /// The `traceparent` header for calls we make. `None` when the caller's trace id is not a W3C one.
    pub fn traceparent(&self) -> Option<String> {
        let flags = u8::from(self.sampled);
        is_id(&self.trace_id, 32).then(|| format!("00-{}-{}-{flags:02x}", self.trace_id, self.span_id))
    }
}

/// The parts of a valid `traceparent`.
struct Parent<'a> {
    trace_id: &'a str,
    span_id: &'a str,
    sampled: bool,
}

impl<'a> Parent<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut parts = header.trim_matches([' ', '\t']).split('-');
        let (version, trace_id, span_id, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may add parts; version 00 has exactly four, and ff is forbidden.
        let known = version == "00" && parts.next().is_none();
        let later = version != "00" && version != "ff" && is_hex(version, 2);
        let valid = (known || later) && is_id(trace_id, 32) && is_id(span_id, 16) && is_hex(flags, 2);
        let flags = u8::from_str_radix(flags, 16).ok().filter(|_| valid)?;
        Some(Self { trace_id, span_id, sampled: flags & 1 == 1 })
    }
}

/// The `trace_id` header, if it is safe to pass on. A W3C id in capitals or with a UUID's dashes is made
/// the plain one, so that it matches the caller's own logs in a tracing system.
fn bare_id(header: &str) -> Option<String> {
    let header = header.trim();
    let plain = header.replace('-', "").to_ascii_lowercase();
    if is_id(&plain, 32) {
        return Some(plain);
    }
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let unset = header.bytes().all(|byte| byte == b'0' || byte == b'-');
    (header.len() <= MAX_BARE_ID && !unset && header.bytes().all(safe)).then(|| header.to_owned())
}

/// Lower-case hex of that length.
fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Lower-case hex of that length, not all zero.
fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
}

fn new_trace_id() -> String {
    format!("{:032x}", rand::random_range(1..=u128::MAX))
}

fn new_span_id() -> String {
    format!("{:016x}", rand::random_range(1..=u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn a_valid_traceparent_gives_trace_parent_and_sampling() {
        for (flags, sampled) in [("01", true), ("00", false), ("ff", true), ("02", false)] {
            let header = format!("00-{TRACE}-{SPAN}-{flags}");
            let context = TraceContext::from_headers(Some(&header), Some("ignored"));
            assert_eq!((context.trace_id.as_str(), context.sampled), (TRACE, sampled));
            assert_eq!(context.parent_span_id.as_deref(), Some(SPAN));
            assert_ne!(context.span_id, SPAN);
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        for header in [format!("cc-{TRACE}-{SPAN}-01"), format!("cc-{TRACE}-{SPAN}-01-what-else")] {
            assert_eq!(TraceContext::from_headers(Some(&header), None).trace_id, TRACE, "{header}");
        }
    }

    #[test]
    fn a_malformed_traceparent_is_ignored() {
        let headers = [
            String::new(),
            "-".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-0g"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}é-{SPAN}-01", &TRACE[..30]),
            format!("cc-{TRACE}-{SPAN}-01x"),
        ];
        for header in headers {
            let context = TraceContext::from_headers(Some(&header), None);
            assert_ne!(context.trace_id, TRACE, "{header}");
            assert_eq!(context.parent_span_id, None, "{header}");
        }
    }

    #[test]
    fn a_bare_trace_id_is_taken_when_it_is_safe() {
        for (header, trace_id) in [
            (TRACE, TRACE),
            ("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", TRACE),
            (" job-7:run.2_a ", "job-7:run.2_a"),
        ] {
            assert_eq!(TraceContext::from_headers(None, Some(header)).trace_id, trace_id);
        }
        for header in ["", "0", "a b", "a\nb", "{}", "é", &"a".repeat(65), &"0".repeat(32)] {
            let context = TraceContext::from_headers(None, Some(header));
            assert!(is_id(&context.trace_id, 32), "{header:?} gave {}", context.trace_id);
        }
    }

    #[test]
    fn only_a_w3c_trace_is_passed_on_as_traceparent() {
        let own = TraceContext::generate();
        let header = own.traceparent().unwrap_or_default();
        let next = TraceContext::from_headers(Some(&header), None);
        assert_eq!((&next.trace_id, next.parent_span_id.as_ref()), (&own.trace_id, Some(&own.span_id)));
        assert_eq!(TraceContext::from_headers(None, Some("job-7")).traceparent(), None);
    }

    #[test]
    fn a_child_keeps_the_trace_and_names_its_parent() {
        let parent = TraceContext::generate();
        let child = parent.child();
        assert_eq!(child.trace_id, parent.trace_id);
        assert_eq!(child.parent_span_id, Some(parent.span_id.clone()));
        assert_ne!(child.span_id, parent.span_id);
    }

    proptest! {
        #[test]
        fn any_headers_give_safe_ids(traceparent: Option<String>, trace_id: Option<String>) {
            let context = TraceContext::from_headers(traceparent.as_deref(), trace_id.as_deref());
            prop_assert!(context.trace_id.len() <= MAX_BARE_ID && !context.trace_id.is_empty());
            prop_assert!(context.trace_id.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(is_id(&context.span_id, 16));
        }
    }
}
