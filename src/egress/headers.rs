//! Headers that are the host's: taken off what a driver sends, added, and cleaned out of what it gets.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::config::SecretUse;
use crate::secrets::Secret;
use crate::telemetry::span;

/// Credentials, the target, and what holds for one connection only (RFC 9110, 7.6.1).
const HOSTS_OWN: [HeaderName; 11] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::HOST,
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("http2-settings"),
];

/// What stands where a secret stood.
const REDACTED: HeaderValue = HeaderValue::from_static("[redacted]");

/// Takes off what a driver has no business to send; how many.
pub(super) fn strip(headers: &mut HeaderMap) -> usize {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| HOSTS_OWN.contains(name) || name.as_str().starts_with("proxy-"))
        .cloned()
        .collect();
    for name in &own {
        headers.remove(name);
    }
    own.len()
}

/// Says which trace a request is part of, if it is part of one. What the driver says itself about that gives way: its
/// parent would be a span that nobody has.
pub(super) fn add_trace(headers: &mut HeaderMap) {
    let traceparent = span::current().and_then(|place| place.traceparent());
    if let Some(value) = traceparent.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.remove("tracestate");
        headers.insert("traceparent", value);
    }
}

/// Adds a secret as its rule says; `None` if it does not fit into a header.
pub(super) fn add_secret(headers: &mut HeaderMap, wanted: &SecretUse, secret: &Secret) -> Option<()> {
    let name = HeaderName::try_from(&wanted.header).ok()?;
    let text = zeroize::Zeroizing::new(wanted.format.replace("{secret}", secret.reveal()));
    let mut value = HeaderValue::try_from(text.as_str()).ok()?;
    // Not shown by anything that prints headers, and not kept by the compression of HTTP/2.
    value.set_sensitive(true);
    headers.insert(name, value);
    Some(())
}

/// A provider may send back what it got: what holds the secret is not handed on.
pub(super) fn redact(headers: &mut HeaderMap, secret: &Secret) {
    let secret = secret.reveal().as_bytes();
    for value in headers.values_mut() {
        if value.as_bytes().windows(secret.len()).any(|window| window == secret) {
            *value = REDACTED;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_driver_sends_no_credentials_and_names_no_other_host() {
        let mut headers = HeaderMap::new();
        for name in
            ["Authorization", "Cookie", "Host", "Proxy-Authorization", "Proxy-Anything", "Te", "X-Mine"]
        {
            headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::from_static("x"));
        }
        headers.append(header::COOKIE, HeaderValue::from_static("y"));
        assert_eq!(strip(&mut headers), 6);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-mine"]);
    }

    #[test]
    fn a_secret_goes_where_its_rule_says_and_does_not_come_back() {
        let wanted = SecretUse { name: "k".into(), header: "X-Key".into(), format: "apiKey {secret}".into() };
        let (mut headers, secret) = (HeaderMap::new(), Secret::new("hunter2".to_owned()));
        add_secret(&mut headers, &wanted, &secret).unwrap();
        assert_eq!(headers["x-key"], "apiKey hunter2");
        assert!(!format!("{headers:?}").contains("hunter2"));
        headers.insert("x-other", HeaderValue::from_static("plain"));
        redact(&mut headers, &secret);
        assert_eq!(
            (headers["x-key"].to_str().unwrap(), &headers["x-other"]),
            ("[redacted]", &HeaderValue::from_static("plain"))
        );
    }
}
