//! The caller's values for a circuit's parameters, taken from its options.
//!
//! Options are free job metadata: only the documented spellings mean a parameter, and a bare name
//! only where it cannot be anything else.

use std::collections::BTreeMap;

/// Prefixes under which an option names a parameter, first come first served.
const PREFIXES: [&str; 4] = ["param.", "param:", "parameters.", "parameters:"];

/// Options that mean something else, though they look like a bare parameter name.
const RESERVED: [&str; 6] =
    ["timeout_sec", "seed", "client_request_id", "non_idempotent", "provider_profile", "simulate_error"];

/// The option with one value a declared parameter, in order.
const LIST: &str = "vqe.params";

/// The parameter values that a caller's options hold.
///
/// ```
/// use eigen_circuit::Bindings;
///
/// let options = [("param.theta", "0.5"), ("shift", "1e-3"), ("seed", "7")];
/// let bindings = Bindings::from_options(options);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    /// By name; the values in the order of the prefixes, then the bare name's.
    named: BTreeMap<String, [Option<String>; PREFIXES.len() + 1]>,
    list: Option<String>,
}

impl Bindings {
    /// Picks the parameters out of a map of options; all other options are ignored.
    pub fn from_options<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut bindings = Self::default();
        for (key, value) in options {
            if key == LIST {
                bindings.list = Some(value.to_owned());
                continue;
            }
            let prefixed = PREFIXES
                .iter()
                .enumerate()
                .find_map(|(rank, prefix)| Some((rank, key.strip_prefix(prefix)?)))
                .filter(|(_, name)| is_symbol(name));
            let bare = || {
                let free = is_symbol(key) && !RESERVED.contains(&key);
                (free && matches!(Scalar::read(value), Some(Scalar::Number(_))))
                    .then_some((PREFIXES.len(), key))
            };
            if let Some((rank, name)) = prefixed.or_else(bare) {
                bindings.named.entry(name.to_owned()).or_default()[rank] = Some(value.to_owned());
            }
        }
        bindings
    }

    /// The options that bind `name`, as key and value, the strongest first.
    pub(crate) fn options<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (String, &'a str)> {
        self.named.get(name).into_iter().flatten().enumerate().filter_map(move |(rank, value)| {
            let prefix = PREFIXES.get(rank).copied().unwrap_or_default();
            Some((format!("{prefix}{name}"), value.as_deref()?))
        })
    }

    /// The values of the list option, in the order of the declared parameters.
    pub(crate) fn list(&self) -> Option<impl Iterator<Item = &str>> {
        self.list.as_deref().map(|list| list.split(',').map(str::trim))
    }
}

/// What stands where an angle may stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// A finite number.
    Number(f64),
    /// The name of a parameter.
    Symbol(&'a str),
}

impl<'a> Scalar<'a> {
    /// Reads a decimal number or a symbol; space around it is ignored. Nothing for anything else,
    /// a number beyond the range of a double included.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let text = text.trim();
        if is_symbol(text) {
            return Some(Self::Symbol(text));
        }
        // The standard library also reads `inf` and `nan`, but those are symbols.
        let decimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        let number: f64 = text.parse().ok().filter(|_| decimal)?;
        number.is_finite().then_some(Self::Number(number))
    }
}

/// `[A-Za-z_][A-Za-z0-9_]*`
fn is_symbol(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(options: &[(&str, &str)], name: &str) -> Option<String> {
        let bindings = Bindings::from_options(options.iter().copied());
        bindings.options(name).next().map(|(key, value)| format!("{key}={value}"))
    }

    #[test]
    fn the_prefixes_win_in_their_order_and_over_the_bare_name() {
        let all =
            [("t", "5"), ("parameters:t", "4"), ("parameters.t", "3"), ("param:t", "2"), ("param.t", "1")];
        for end in 1..=all.len() {
            let (key, value) = all[end - 1];
            assert_eq!(bound(&all[..end], "t"), Some(format!("{key}={value}")));
        }
    }

    #[test]
    fn a_bare_name_binds_only_numbers_and_never_a_known_option() {
        assert_eq!(bound(&[("t", " 1e-3 ")], "t").as_deref(), Some("t= 1e-3 "));
        assert_eq!(bound(&[("t", "phi")], "t"), None);
        assert_eq!(bound(&[("t", "nan")], "t"), None);
        assert_eq!(bound(&[("seed", "7")], "seed"), None);
        assert_eq!(bound(&[("param.seed", "7")], "seed").as_deref(), Some("param.seed=7"));
    }

    #[test]
    fn a_scalar_is_a_finite_decimal_number_or_a_symbol() {
        assert_eq!(Scalar::read(" -1.5e3 "), Some(Scalar::Number(-1500.0)));
        assert_eq!(Scalar::read(".5"), Some(Scalar::Number(0.5)));
        assert_eq!(Scalar::read("inf"), Some(Scalar::Symbol("inf")));
        for neither in ["", "1e999", "-inf", "0x10", "1_000", "pi/2", "é", "1 2"] {
            assert_eq!(Scalar::read(neither), None, "{neither}");
        }
    }
}
