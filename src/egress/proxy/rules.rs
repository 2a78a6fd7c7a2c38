//! Which rules can be kept by a proxy.

use http::{Method, uri::Scheme};

use crate::config::{EgressRule, EgressTarget};

/// Methods that a rule without `methods` grants.
const USUAL: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What no proxy can hold a driver to, of its rules for `https`: the rule's index, and why. A rule for `http` can
/// always be kept.
pub fn unenforceable(rules: &[EgressRule]) -> Option<(usize, &'static str)> {
    rules.iter().enumerate().find_map(|(index, rule)| {
        let target = EgressTarget::parse(rule).ok().filter(|target| target.scheme == Scheme::HTTPS)?;
        let why = if target.prefix != "/" {
            "its path"
        } else if !USUAL.iter().all(|method| target.methods.contains(method)) {
            "its `methods`"
        } else if rule.secret.is_some() {
            "its `secret`"
        } else if rule.aws_sigv4.is_some() {
            "its `aws_sigv4`"
        } else {
            return None;
        };
        Some((index, why))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn why(rule: serde_json::Value) -> Option<&'static str> {
        let rule: EgressRule = serde_json::from_value(rule).unwrap();
        unenforceable(&[rule]).map(|(_, why)| why)
    }

    #[test]
    fn only_a_host_as_a_whole_can_be_granted_through_a_tunnel() {
        use serde_json::json;
        assert_eq!(why(json!({ "url": "https://a.example.com" })), None);
        assert_eq!(why(json!({ "url": "https://*.example.com:8443/" })), None);
        assert_eq!(why(json!({ "url": "https://a.example.com/v1" })), Some("its path"));
        assert_eq!(why(json!({ "url": "https://a.example.com", "methods": ["GET"] })), Some("its `methods`"));
        assert_eq!(
            why(json!({ "url": "https://a.example.com", "secret": { "name": "k" } })),
            Some("its `secret`")
        );
        assert_eq!(why(json!({ "url": "http://a.example.com/v1", "methods": ["GET"] })), None);
    }
}
