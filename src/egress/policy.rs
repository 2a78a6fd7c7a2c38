//! Whether a driver may send a request: pure, and the whole answer.
//!
//! The invariant: what is not matched by a rule, part by part, is refused. There is no guessing of what a server
//! might make of a strange path: a path that could mean another one below a prefix is refused.

use http::{Method, Uri, uri::Scheme};

use crate::config::{AwsSigV4, EgressRule, EgressTarget, SecretUse, Zone};

/// What one driver may reach.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// A rule, ready to be matched.
#[derive(Debug, Clone)]
pub struct Rule {
    target: EgressTarget,
    /// Where the host may turn out to be.
    pub zones: Vec<Zone>,
    /// The secret that the host adds.
    pub secret: Option<SecretUse>,
    /// How the host signs.
    pub aws_sigv4: Option<AwsSigV4>,
}

/// Why a request is refused, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// No rule names the host, with this scheme and port.
    Host,
    /// The host may be reached, but not by this method.
    Method,
    /// The host may be reached, but not this path.
    Path,
    /// The URL could mean something else to a server.
    Ambiguous,
}

impl Denied {
    /// A stable name for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Method => "method",
            Self::Path => "path",
            Self::Ambiguous => "ambiguous_url",
        }
    }
}

impl Policy {
    /// A policy of rules that the configuration has checked; one that it would not take is left out.
    pub fn new(rules: &[EgressRule]) -> Self {
        let ready = |rule: &EgressRule| {
            let EgressRule { zones, secret, aws_sigv4, .. } = rule.clone();
            Some(Rule { target: EgressTarget::parse(rule).ok()?, zones, secret, aws_sigv4 })
        };
        Self { rules: rules.iter().filter_map(ready).collect() }
    }

    /// Whether nothing at all may be reached.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that lets a request through.
    ///
    /// # Errors
    /// Why none does.
    pub fn check(&self, method: &Method, uri: &Uri) -> Result<&Rule, Denied> {
        let (scheme, host, port) = origin(uri).ok_or(Denied::Ambiguous)?;
        let mut why = Denied::Host;
        for rule in self.rules.iter().filter(|rule| rule.is_for(&scheme, &host, port)) {
            if !rule.target.methods.contains(method) {
                why = Denied::Method;
            } else if rule.target.prefix != "/" && is_ambiguous(uri.path()) {
                why = Denied::Ambiguous;
            } else if below(uri.path(), &rule.target.prefix) {
                return Ok(rule);
            } else {
                why = Denied::Path;
            }
        }
        Err(why)
    }

    /// Whether a rule names the host of a URL, whatever is asked of it there.
    ///
    /// # Errors
    /// Why none does.
    pub fn names(&self, uri: &Uri) -> Result<(), Denied> {
        let (scheme, host, port) = origin(uri).ok_or(Denied::Ambiguous)?;
        let named = self.rules.iter().any(|rule| rule.is_for(&scheme, &host, port));
        if named { Ok(()) } else { Err(Denied::Host) }
    }

    /// Where a host may turn out to be, by all rules that name it.
    pub fn zones(&self, uri: &Uri) -> Vec<Zone> {
        let Some((scheme, host, port)) = origin(uri) else { return Vec::new() };
        let naming = self.rules.iter().filter(|rule| rule.is_for(&scheme, &host, port));
        naming.flat_map(|rule| rule.zones.iter().copied()).collect()
    }
}

impl Rule {
    fn is_for(&self, scheme: &Scheme, host: &str, port: u16) -> bool {
        let EgressTarget { host: wanted, any_subdomain, .. } = &self.target;
        let named = if *any_subdomain {
            host.strip_suffix(wanted.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty())
        } else {
            host == wanted
        };
        named && self.target.scheme == *scheme && self.target.port == port
    }
}

/// Scheme, host in lower case, and port; nothing if there is a user, or a host that is not plain.
fn origin(uri: &Uri) -> Option<(Scheme, String, u16)> {
    let scheme = uri.scheme()?.clone();
    let authority = uri.authority()?;
    let host = authority.host().to_ascii_lowercase();
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']');
    // A name with a dot at its end is the same name to a resolver, and another one to a list.
    if authority.as_str().contains('@') || host.is_empty() || host.ends_with('.') || !host.bytes().all(plain)
    {
        return None;
    }
    let port = match authority.port() {
        Some(port) => port.as_str().parse().ok()?,
        None if scheme == Scheme::HTTPS => 443,
        None => 80,
    };
    Some((scheme, host, port))
}

/// Whether a path might be read as another one: dots as segments, and what they, slashes or ends of texts look
/// like when they are encoded (RFC 3986, sections 3.3 and 6.2.2).
fn is_ambiguous(path: &str) -> bool {
    // An encoded slash is fine within a name (some providers want one), but not where it would make a path.
    let lower = path.to_ascii_lowercase().replace("%2f", "/");
    let encoded = ["%2e", "%5c", "%25", "%00"].iter().any(|code| lower.contains(code));
    let dots = lower.split('/').any(|segment| {
        // A parameter of a segment (RFC 3986, 3.3) is taken off by some servers.
        matches!(segment.split(';').next(), Some("." | ".."))
    });
    encoded || dots || lower.contains('\\') || lower.contains("//")
}

fn below(path: &str, prefix: &str) -> bool {
    path.starts_with(prefix) || path == prefix.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn policy(urls: &[&str]) -> Policy {
        let rule = |url: &&str| {
            let methods = vec!["GET".to_owned(), "POST".to_owned()];
            let (url, zones) = ((*url).to_owned(), vec![Zone::Public]);
            EgressRule { url, methods, zones, secret: None, aws_sigv4: None }
        };
        Policy::new(&urls.iter().map(rule).collect::<Vec<_>>())
    }

    fn get(policy: &Policy, url: &str) -> Result<(), Denied> {
        policy.check(&Method::GET, &url.parse().unwrap()).map(drop)
    }

    #[test]
    fn what_a_rule_names_is_let_through_and_nothing_beside_it() {
        let policy = policy(&["https://api.example.com/v1/"]);
        for url in [
            "https://api.example.com/v1/jobs?x=1",
            "https://API.example.COM:443/v1",
            "https://api.example.com/v1/task/arn%3Aaws%2Fid",
            "https://api.example.com/v1/",
        ] {
            assert_eq!(get(&policy, url), Ok(()), "{url}");
        }
        for (url, why) in [
            ("http://api.example.com/v1/", Denied::Host),
            ("https://api.example.com:8443/v1/", Denied::Host),
            ("https://api.example.com.evil.org/v1/", Denied::Host),
            ("https://evil-api.example.com/v1/", Denied::Host),
            ("https://example.com/v1/", Denied::Host),
            ("https://api.example.com./v1/", Denied::Ambiguous),
            ("https://user@api.example.com/v1/", Denied::Ambiguous),
            ("https://api.example.com@evil.org/v1/", Denied::Ambiguous),
            ("https://api.example.com/v2/", Denied::Path),
            ("https://api.example.com/v10", Denied::Path),
            ("https://api.example.com/", Denied::Path),
            ("https://api.example.com/v1/../v2/", Denied::Ambiguous),
            ("https://api.example.com/v1/%2E%2e/v2/", Denied::Ambiguous),
            ("https://api.example.com/v1/..%2fv2", Denied::Ambiguous),
            ("https://api.example.com/v1/..;a=b/v2", Denied::Ambiguous),
            ("https://api.example.com/v1//evil", Denied::Ambiguous),
            ("https://api.example.com/v1/%252e%252e/v2", Denied::Ambiguous),
        ] {
            assert_eq!(get(&policy, url), Err(why), "{url}");
        }
        let delete = policy.check(&Method::DELETE, &"https://api.example.com/v1/".parse().unwrap());
        assert_eq!(delete.map(drop), Err(Denied::Method));
    }

    #[test]
    fn a_star_stands_for_labels_and_never_for_none() {
        let policy = policy(&["https://*.example.com/"]);
        assert_eq!(get(&policy, "https://a.example.com/"), Ok(()));
        assert_eq!(get(&policy, "https://a.b.example.com/x//y/../z"), Ok(()));
        for url in [
            "https://example.com/",
            "https://.example.com/",
            "https://aexample.com/",
            "https://a.example.com.org/",
        ] {
            assert!(get(&policy, url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_address_is_matched_as_it_is_written() {
        let policy = policy(&["http://127.0.0.1:8080/", "http://[::1]:8080/"]);
        assert_eq!(get(&policy, "http://127.0.0.1:8080/a"), Ok(()));
        assert_eq!(get(&policy, "http://[::1]:8080/a"), Ok(()));
        for url in [
            "http://127.1:8080/",
            "http://2130706433:8080/",
            "http://0x7f.0.0.1:8080/",
            "http://[::ffff:127.0.0.1]:8080/",
        ] {
            assert_eq!(get(&policy, url), Err(Denied::Host), "{url}");
        }
    }

    #[test]
    fn nothing_is_allowed_where_nothing_is_said() {
        assert_eq!(get(&Policy::default(), "https://example.com/"), Err(Denied::Host));
    }

    proptest! {
        #[test]
        fn whatever_is_let_through_lies_on_the_host_and_below_the_prefix(
            host in "[a-zA-Z0-9.@:-]{0,6}api\\.example\\.com[a-zA-Z0-9.@:-]{0,6}",
            path in "/v1[/.%2eEfF;a-z\\\\]{0,16}",
        ) {
            let policy = policy(&["https://api.example.com/v1/"]);
            let Ok(uri) = format!("https://{host}{path}").parse::<Uri>() else { return Ok(()) };
            if policy.check(&Method::GET, &uri).is_ok() {
                prop_assert_eq!(uri.host().unwrap().to_ascii_lowercase(), "api.example.com");
                prop_assert!(matches!(uri.port_u16(), None | Some(443)));
                // As a server would read it that decodes once and resolves dots.
                let decoded = uri.path().replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/");
                let mut stack = Vec::new();
                for segment in decoded.split('/') {
                    match segment {
                        ".." => _ = stack.pop(),
                        "" | "." => {}
                        other => stack.push(other.to_owned()),
                    }
                }
                prop_assert_eq!(stack.first().map(String::as_str), Some("v1"));
            }
        }
    }
}
