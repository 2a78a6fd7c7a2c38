//! Requests signed for AWS (Signature Version 4, AWS General Reference).
//!
//! The invariants: the keys never leave the host, only a signature made with them; what a driver claims to have
//! signed itself is taken off first; and the whole body is signed, so that nobody on the way can change it.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderName, HeaderValue, Request, Uri, header, uri::Scheme};

use crate::config::AwsSigV4;
use crate::secrets::Secret;

/// The service whose paths are signed as they are, instead of being encoded once more.
const PLAIN_PATHS: &str = "s3";

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// What a signature is made with.
pub(super) struct Keys {
    pub(super) access: Secret,
    pub(super) secret: Secret,
    pub(super) session: Option<Secret>,
}

/// Signs a request with this body.
///
/// # Errors
/// Why it cannot be signed; never what it would have been signed with.
pub(super) fn sign_request(
    request: &mut Request<()>,
    body: &[u8],
    wanted: &AwsSigV4,
    keys: &Keys,
    now: SystemTime,
) -> Result<(), String> {
    let host = host(request.uri()).ok_or("it has no host")?;
    let headers = request.headers_mut();
    for own in [DATE, TOKEN, HASH] {
        headers.remove(own);
    }
    headers.insert(header::HOST, host);

    let session = keys.session.as_ref().map(|session| session.reveal().to_owned());
    let identity =
        Credentials::new(keys.access.reveal(), keys.secret.reveal(), session, None, "configuration").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&wanted.region)
        .name(&wanted.service)
        .time(now)
        .settings(settings(&wanted.service))
        .build()
        .map_err(|error| error.to_string())?
        .into();
    // What a proxy may add or change on the way is not signed.
    let signed = request.headers().iter().filter(|(name, _)| {
        **name == header::HOST || **name == header::CONTENT_TYPE || name.as_str().starts_with("x-amz-")
    });
    let signed: Vec<(&str, &str)> =
        signed.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let uri = request.uri().to_string();
    let signable =
        SignableRequest::new(request.method().as_str(), uri, signed.into_iter(), SignableBody::Bytes(body));
    let signable = signable.map_err(|error| error.to_string())?;
    let (instructions, _) = sign(signable, &params).map_err(|error| error.to_string())?.into_parts();
    instructions.apply_to_request_http1x(request);
    for name in [header::AUTHORIZATION, TOKEN] {
        if let Some(value) = request.headers_mut().get_mut(name) {
            value.set_sensitive(true);
        }
    }
    Ok(())
}

fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if service == PLAIN_PATHS {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}

/// The host as it is sent: without the port that goes without saying.
fn host(uri: &Uri) -> Option<HeaderValue> {
    let usual = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    let text = match uri.port_u16() {
        Some(port) if port != usual => format!("{}:{port}", uri.host()?),
        _ => uri.host()?.to_owned(),
    };
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use super::*;

    fn keys() -> Keys {
        let secret = |text: &str| Secret::new(text.to_owned());
        Keys {
            access: secret("AKIDEXAMPLE"),
            secret: secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: None,
        }
    }

    fn wanted() -> AwsSigV4 {
        AwsSigV4 {
            access_key: "a".into(),
            secret_key: "s".into(),
            session_token: None,
            region: "us-east-1".into(),
            service: "service".into(),
        }
    }

    /// 2015-08-30T12:36:00Z, the time of AWS's own examples.
    fn then() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_mins(24_015_636)
    }

    #[test]
    fn a_signature_names_its_scope_and_what_it_covers_and_depends_on_the_body() {
        let signed = |body: &[u8]| {
            let mut request = Request::get("https://example.amazonaws.com:443/a?Param2=b&Param1=c")
                .header("x-amz-date", "19700101T000000Z")
                .header("user-agent", "changes on the way")
                .body(())
                .unwrap();
            sign_request(&mut request, body, &wanted(), &keys(), then()).unwrap();
            assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
            assert_eq!(request.headers()["host"], "example.amazonaws.com");
            request.headers()["authorization"].to_str().unwrap().to_owned()
        };
        let one = signed(b"");
        assert!(one.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
        ));
        assert_ne!(one, signed(b"other"));
    }
}
