//! Versions of AQO and what they change.

use crate::error::ErrorKind;
use crate::text::quote;

/// The rules that a document is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// 0.1: what is unknown is ignored, and parameters may be an array of names.
    Draft,
    /// 1.x: what is unknown is refused.
    Stable,
}

/// The rules of a version such as `0.1` or `1.0.0`.
pub(super) fn rules(version: &str) -> Result<Rules, (ErrorKind, String)> {
    let (numbers, label) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let numbers: Vec<&str> = numbers.splitn(4, '.').collect();
    let number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let label_fits = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte));
    if version.len() > 32 || numbers.len() > 3 || !numbers.iter().all(number) || !label_fits {
        return Err((ErrorKind::Invalid, format!("{} is not a version such as 1.0.0", quote(version))));
    }
    match (numbers[0], numbers.get(1)) {
        ("1", _) => Ok(Rules::Stable),
        ("0", Some(&"1")) => Ok(Rules::Draft),
        _ => Err((ErrorKind::UnsupportedVersion, format!("AQO version {} is not supported", quote(version)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        for version in ["1", "1.0", "1.0.0", "1.7.3", "1.0.0-rc.1", "1.0.0+build"] {
            assert_eq!(rules(version), Ok(Rules::Stable), "{version}");
        }
        for version in ["0.1", "0.1.0"] {
            assert_eq!(rules(version), Ok(Rules::Draft), "{version}");
        }
        for version in ["2.0.0", "0.2", "0", "10.0", "3"] {
            assert_eq!(
                rules(version).map_err(|(kind, _)| kind),
                Err(ErrorKind::UnsupportedVersion),
                "{version}"
            );
        }
        for version in ["", "v1", "1.", ".1", "1.0.0.0", "one", " 1.0.0", "1.0.0-é", "-1"] {
            assert_eq!(rules(version).map_err(|(kind, _)| kind), Err(ErrorKind::Invalid), "{version}");
        }
    }
}
