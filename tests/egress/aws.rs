//! Requests are signed for AWS by keys that the driver never sees. The signature is made again here, by the recipe
//! of AWS's own reference (Signature Version 4, "Create a signed AWS API request").

use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::provider::Provider;
use crate::stage::{ask, outbound, reaching};
use crate::support::host::new_folder;

const ACCESS: &str = "AKIDCANARY";
const SECRET: &str = "canary-aws-77/secret+key";
const SESSION: &str = "canary-aws-session-77";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The signature that this request should have, with this body.
fn expected(head: &str, body: &[u8]) -> String {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let of = |name: &str| &headers.iter().find(|(key, _)| key == name).unwrap().1;
    let authorization = of("authorization");
    let part = |name: &str| {
        let rest = authorization.split_once(name).unwrap().1;
        rest.split(',').next().unwrap().trim().to_owned()
    };
    let signed = part("SignedHeaders=");
    let canonical = signed.split(';').fold(String::new(), |text, name| text + name + ":" + of(name) + "\n");
    // Paths are encoded once more than they are sent.
    let path = path.replace('%', "%25");
    let hash = hex(&Sha256::digest(body));
    assert_eq!(of("x-amz-content-sha256"), &hash);
    let request = format!("{method}\n{path}\n{query}\n{canonical}\n{signed}\n{hash}");
    let time = of("x-amz-date");
    let scope = format!("{}/eu-west-2/braket/aws4_request", &time[..8]);
    assert_eq!(part("Credential="), format!("{ACCESS}/{scope}"));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request.as_bytes())));
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in scope.split('/') {
        key = keyed(&key, part);
    }
    hex(&keyed(&key, &text))
}

#[tokio::test]
async fn a_request_carries_the_signature_that_aws_would_make_of_it() {
    let echo = format!("HTTP/1.1 200 OK\r\nx-echo: {SESSION}\r\ncontent-length: 0\r\n\r\n");
    let provider = Provider::saying(&echo).await;
    let folder = new_folder();
    let secret = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        json!({ "file": file })
    };
    let secrets = json!({
        "id": secret("id", ACCESS), "key": secret("key", SECRET), "session": secret("session", SESSION),
    });
    let signing = json!({
        "access_key": "id", "secret_key": "key", "session_token": "session",
        "region": "eu-west-2", "service": "braket",
    });
    let url = format!("http://{}/", provider.address);
    let rules = json!([{ "url": url, "zones": ["loopback"], "aws_sigv4": signing }]);
    let host = reaching(rules, json!({ "secrets": secrets })).await;
    let authority = provider.address.to_string();

    // What the driver claims to have signed itself is not sent.
    let claims = [
        ("header.x-amz-date", "19700101T000000Z"),
        ("header.x-amz-target", "Braket.Get"),
        ("header.authorization", "x"),
    ];
    let path = "/device/arn%3Aaws%3Abraket/jobs?max=1";
    let told = ask(&host, outbound(&authority, path, &claims)).await;
    assert_eq!((told["status"].as_str(), told["header.x-echo"].as_str()), ("200", "[redacted]"), "{told:?}");
    ask(&host, outbound(&authority, "/jobs", &[("method", "POST"), ("send", "1000")])).await;

    let heads = provider.heads();
    assert!(heads[0].contains(&format!("x-amz-security-token: {SESSION}")), "{}", heads[0]);
    assert!(
        heads[0]
            .contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target")
    );
    for (head, body) in heads.iter().zip([Vec::new(), sent(1000)]) {
        let signature = expected(head, &body);
        assert!(head.contains(&format!("Signature={signature}")), "{head}\nnot {signature}");
    }
    let (_, metrics) = host.http_get("/metrics").await;
    for place in [host.log().text(), metrics, format!("{told:?}")] {
        assert!(!place.contains("canary-aws"), "{place}");
    }
}

/// What the fixture sends.
fn sent(bytes: usize) -> Vec<u8> {
    vec![b'x'; bytes]
}
