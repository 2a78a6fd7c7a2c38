//! The URL of an egress rule, taken apart.

use http::{Method, Uri, uri::Scheme};

use super::EgressRule;

/// What a rule's URL and methods say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressTarget {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The host in lower case, without the `*.` of a pattern; an IPv6 address in its brackets.
    pub host: String,
    /// Whether one or more labels stand before it.
    pub any_subdomain: bool,
    /// The port.
    pub port: u16,
    /// The path that requests must lie below; begins and ends with `/`.
    pub prefix: String,
    /// Methods.
    pub methods: Vec<Method>,
}

impl EgressTarget {
    /// Takes a rule apart.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(rule: &EgressRule) -> Result<Self, String> {
        let shown = rule.url.escape_debug();
        let wrong = |why: &str| format!("`{shown}` {why}");
        // `*` is no character of a host: it is taken off before the URL is read.
        let (before, any_subdomain) = match rule.url.split_once("://*.") {
            Some((scheme, rest)) => (format!("{scheme}://{rest}"), true),
            None => (rule.url.clone(), false),
        };
        let uri: Uri = before.parse().map_err(|error| wrong(&format!("is no URL: {error}")))?;
        let scheme =
            uri.scheme().cloned().filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
        let scheme = scheme.ok_or_else(|| wrong("is neither http nor https"))?;
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user or a password; secrets go into `secrets`"));
        }
        let host = authority.host().to_ascii_lowercase();
        let labels = || host.split('.').all(|label| !label.is_empty());
        if host.is_empty() || host.contains('*') || !(host.starts_with('[') || labels()) {
            return Err(wrong("has no host that can be matched; `*.` may stand before two or more labels"));
        }
        if any_subdomain && !host.contains('.') {
            return Err(wrong("stands for every host below a top-level name"));
        }
        if uri.query().is_some() {
            return Err(wrong("has a query, which is not matched"));
        }
        let mut prefix = uri.path().to_owned();
        if !prefix.ends_with('/') {
            prefix.push('/');
        }
        let methods = rule.methods.iter().map(|text| {
            let method = Method::from_bytes(text.as_bytes()).ok().filter(|method| *method != Method::CONNECT);
            method.filter(|_| *text == text.to_ascii_uppercase())
        });
        let methods: Option<Vec<Method>> = methods.collect();
        Ok(Self {
            port: authority.port_u16().unwrap_or(if scheme == Scheme::HTTPS { 443 } else { 80 }),
            scheme,
            host,
            any_subdomain,
            prefix,
            methods: methods
                .filter(|all| !all.is_empty())
                .ok_or_else(|| wrong("has a method that is none"))?,
        })
    }
}
