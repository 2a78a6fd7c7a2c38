//! Tokens that are got for a secret: the OAuth 2.0 client credentials grant (RFC 6749, 4.4), and IBM Cloud's
//! exchange of an API key, which is a grant of its own kind with the same answer (RFC 6749, 5.1).
//!
//! The invariants: a token is fetched by one request at a time, before the old one ends, and by the operator's URL
//! alone; neither it nor what it was got for is ever told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::body::boxed;
use super::client::Patience;
use super::error::Error;
use super::network::Network;
use crate::config::{DriverLimits, EgressRule, Grant, SecretSource, TokenSource};
use crate::model::DriverName;
use crate::secrets::Secret;

/// Who makes the exchange, in logs and metrics.
const WHO: &str = "token-exchange";
/// How long before its end a token is not used any more, at most half of its life.
const AHEAD: Duration = Duration::from_mins(1);
/// How long a token holds whose issuer does not say.
const UNSAID: Duration = Duration::from_mins(5);
/// The longest that a token is kept, whatever its issuer says.
const LONGEST: Duration = Duration::from_hours(24);
/// Largest answer of an issuer, in bytes.
const MOST: usize = 64 << 10;

/// The tokens that the configuration names.
pub(super) struct Tokens(BTreeMap<String, Token>);

struct Token {
    source: TokenSource,
    /// Held while one is fetched: others wait for it.
    known: Mutex<Option<(Secret, Instant)>>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: String,
    expires_in: Option<u64>,
}

impl Tokens {
    pub(super) fn new(sources: &BTreeMap<String, SecretSource>) -> Self {
        let token = |(name, source): (&String, &SecretSource)| {
            let source = source.token.clone()?;
            Some((name.clone(), Token { source, known: Mutex::default() }))
        };
        Self(sources.iter().filter_map(token).collect())
    }

    /// Whether a secret of this name is a token.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A token that still holds for a while; `but` is one that was refused, and is not given again.
    pub(super) async fn get(
        &self,
        network: &Arc<Network>,
        name: &str,
        but: Option<&Secret>,
        deadline: Instant,
    ) -> Result<Secret, Error> {
        let token = self.0.get(name).ok_or_else(|| Error::no_secret(name, "no such token is configured"))?;
        let mut known = token.known.lock().await;
        if let Some((secret, until)) = &*known
            && Instant::now() < *until
            && but.is_none_or(|refused| refused.reveal() != secret.reveal())
        {
            return Ok(secret.clone());
        }
        let (secret, life) = exchange(network, name, &token.source, deadline).await?;
        let used = life.saturating_sub(AHEAD.min(life / 2));
        *known = Some((secret.clone(), Instant::now() + used));
        Ok(secret)
    }
}

async fn exchange(
    network: &Arc<Network>,
    name: &str,
    source: &TokenSource,
    deadline: Instant,
) -> Result<(Secret, Duration), Error> {
    let key = network.plain_secret(&source.key).await?;
    let mut form = Zeroizing::new(String::new());
    let mut add = |key: &str, value: &str| {
        let start = if form.is_empty() { "" } else { "&" };
        *form = format!("{}{start}{key}={}", *form, encoded(value));
    };
    match source.grant {
        Grant::ClientCredentials => {
            add("grant_type", "client_credentials");
            add("client_id", source.client_id.as_deref().unwrap_or_default());
            add("client_secret", key.reveal());
        }
        Grant::IbmIam => {
            add("grant_type", "urn:ibm:params:oauth:grant-type:apikey");
            add("apikey", key.reveal());
        }
    }
    if let Some(scope) = &source.scope {
        add("scope", scope);
    }
    let rule = EgressRule {
        url: source.url.clone(),
        methods: vec!["POST".to_owned()],
        zones: source.zones.clone(),
        secret: None,
        aws_sigv4: None,
    };
    let issuer = network.driver(DriverName::new(WHO), &[rule], &DriverLimits::default());
    let request = Request::builder()
        .method(Method::POST)
        .uri(&source.url)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(boxed(Full::new(Bytes::from(form.as_bytes().to_vec()))))
        .map_err(|error| Error::no_secret(name, &error.to_string()))?;
    let answer = issuer.send(request, Patience { first_byte: deadline, deadline, silence: None }).await?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MOST).collect().await;
    let body = body.map_err(|error| Error::no_secret(name, &error.to_string()))?.to_bytes();
    if status != StatusCode::OK {
        return Err(Error::no_secret(name, &format!("its issuer answered {status}")));
    }
    // What is wrong with the answer is not quoted: it may hold the token.
    let answer: Answer = serde_json::from_slice(&body)
        .map_err(|_| Error::no_secret(name, "its issuer's answer is not understood"))?;
    let life = answer.expires_in.map_or(UNSAID, Duration::from_secs).min(LONGEST);
    Ok((Secret::new(answer.access_token), life))
}

/// As forms are written (WHATWG URL, application/x-www-form-urlencoded): whatever is not plain goes as its bytes.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_whatever_a_secret_holds() {
        assert_eq!(encoded("aZ0-._* +&=%/é"), "aZ0-._*+%2B%26%3D%25%2F%C3%A9");
    }
}
