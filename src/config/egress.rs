//! What drivers may reach outside, and the secrets that the host adds on the way.
//!
//! Owns names, defaults and ranges. The invariant: a configuration names secrets by reference and never holds
//! one, so that it can be shown, logged and compared.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Config,
    check::MAX_DURATION,
    check::Rules,
    tree::KeyPath,
    units::{self, ByteSize},
};

/// Bounds of outbound HTTP; each driver has them for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Egress {
    /// Requests of one driver under way at once; one more is refused.
    pub concurrent: usize,
    /// Time to find an address, connect and shake hands.
    #[serde(with = "units::text")]
    pub connect_timeout: Duration,
    /// Time from then to the head of the answer.
    #[serde(with = "units::text")]
    pub first_byte_timeout: Duration,
    /// Silence within an answer.
    #[serde(with = "units::text")]
    pub between_bytes_timeout: Duration,
    /// Largest body that a driver sends.
    pub max_request_body: ByteSize,
    /// Largest body that a driver gets.
    pub max_response_body: ByteSize,
    /// Largest head, of a request and of an answer.
    pub max_headers: ByteSize,
    /// How long a connection lies idle before it is closed.
    #[serde(with = "units::text")]
    pub idle_timeout: Duration,
    /// How long a tunnel of a Python driver may be silent, both ways.
    #[serde(with = "units::text")]
    pub tunnel_idle_timeout: Duration,
    /// The age at which such a tunnel is closed, whatever goes through it.
    #[serde(with = "units::text")]
    pub tunnel_lifetime: Duration,
    /// How long the command of a secret may take.
    #[serde(with = "units::text")]
    pub secret_command_timeout: Duration,
    /// How long what it printed is taken for true.
    #[serde(with = "units::text")]
    pub secret_command_ttl: Duration,
    /// Certificates of authorities (PEM) that count beside the system's.
    pub extra_roots: Option<PathBuf>,
}

impl Default for Egress {
    fn default() -> Self {
        Self {
            concurrent: 16,
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(30),
            between_bytes_timeout: Duration::from_secs(10),
            max_request_body: ByteSize::mib(16),
            max_response_body: ByteSize::mib(64),
            max_headers: ByteSize::kib(64),
            idle_timeout: Duration::from_secs(30),
            tunnel_idle_timeout: Duration::from_mins(1),
            tunnel_lifetime: Duration::from_hours(1),
            secret_command_timeout: Duration::from_secs(10),
            secret_command_ttl: Duration::from_mins(5),
            extra_roots: None,
        }
    }
}

/// Something that a driver may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressRule {
    /// `SCHEME://HOST[:PORT]/PREFIX`: a host may begin with `*.`, which stands for one or more labels; the path
    /// of a request must lie below the prefix.
    pub url: String,
    /// Methods.
    #[serde(default = "EgressRule::methods")]
    pub methods: Vec<String>,
    /// Where the host may turn out to be.
    #[serde(default = "EgressRule::zones")]
    pub zones: Vec<Zone>,
    /// The secret that the host adds.
    #[serde(default)]
    pub secret: Option<SecretUse>,
    /// Keys of AWS that the host signs with, instead of a secret in a header.
    #[serde(default)]
    pub aws_sigv4: Option<AwsSigV4>,
}

impl EgressRule {
    fn methods() -> Vec<String> {
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].map(str::to_owned).to_vec()
    }

    fn zones() -> Vec<Zone> {
        vec![Zone::Public]
    }
}

/// A kind of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// The internet.
    Public,
    /// Private networks (RFC 1918, RFC 4193), and those between providers and customers (RFC 6598).
    Private,
    /// This machine.
    Loopback,
    /// The local link, without the metadata services of clouds.
    LinkLocal,
    /// The metadata services of clouds, which hand out credentials.
    Metadata,
}

/// A secret in a header of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretUse {
    /// Its name in `secrets`.
    pub name: String,
    /// The header.
    #[serde(default = "SecretUse::header")]
    pub header: String,
    /// The header's value, with `{secret}` in the secret's place.
    #[serde(default = "SecretUse::format")]
    pub format: String,
}

impl SecretUse {
    fn header() -> String {
        "authorization".to_owned()
    }

    fn format() -> String {
        "Bearer {secret}".to_owned()
    }
}

/// A signature for AWS (Signature Version 4). Keys are named as they are in `secrets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSigV4 {
    /// The access key's id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
    /// The token of a temporary session.
    #[serde(default)]
    pub session_token: Option<String>,
    /// Such as `us-east-1`.
    pub region: String,
    /// As AWS names it in signatures, such as `braket` or `s3`.
    pub service: String,
}

impl AwsSigV4 {
    /// The secrets that it needs.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        [&self.access_key, &self.secret_key].into_iter().chain(&self.session_token)
    }
}

/// Where a secret comes from. Exactly one of the keys is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretSource {
    /// An environment variable.
    pub env: Option<String>,
    /// A file, read again when it has changed.
    pub file: Option<PathBuf>,
    /// A credential of systemd (a file below `$CREDENTIALS_DIRECTORY`).
    pub credential: Option<String>,
    /// A command and its arguments; its standard output is the secret.
    pub command: Option<Vec<String>>,
    /// A token that the host gets for another secret.
    pub token: Option<TokenSource>,
}

/// How a token is got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSource {
    /// By which grant.
    pub grant: Grant,
    /// The issuer's endpoint.
    pub url: String,
    /// The secret that it is got for, by its name: the client's secret, or the API key.
    pub key: String,
    /// The client, for `client_credentials`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// What it is to be good for, in the issuer's words.
    #[serde(default)]
    pub scope: Option<String>,
    /// Where the issuer may turn out to be.
    #[serde(default = "EgressRule::zones")]
    pub zones: Vec<Zone>,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// OAuth 2.0, client credentials.
    ClientCredentials,
    /// IBM Cloud, an API key.
    IbmIam,
}

/// The rules of these sections.
pub(super) fn check(config: &Config, rules: &mut Rules) {
    let key = |name: &str| KeyPath::dotted("egress").then(name);
    let egress = &config.egress;
    rules.within(key("concurrent"), egress.concurrent, 1..=100_000);
    let ten = Duration::from_millis(10);
    for (name, value) in [
        ("connect_timeout", egress.connect_timeout),
        ("first_byte_timeout", egress.first_byte_timeout),
        ("between_bytes_timeout", egress.between_bytes_timeout),
        ("idle_timeout", egress.idle_timeout),
        ("tunnel_idle_timeout", egress.tunnel_idle_timeout),
        ("tunnel_lifetime", egress.tunnel_lifetime),
        ("secret_command_timeout", egress.secret_command_timeout),
        ("secret_command_ttl", egress.secret_command_ttl),
    ] {
        rules.within(key(name), value, ten..=MAX_DURATION);
    }
    let gib = ByteSize::mib(1024);
    rules.within(key("max_request_body"), egress.max_request_body, ByteSize::kib(1)..=gib);
    rules.within(key("max_response_body"), egress.max_response_body, ByteSize::kib(1)..=gib);
    rules.within(key("max_headers"), egress.max_headers, ByteSize::kib(1)..=ByteSize::mib(1));

    for (name, source) in &config.secrets {
        let given = [
            source.env.is_some(),
            source.file.is_some(),
            source.credential.is_some(),
            source.command.as_ref().is_some_and(|words| !words.is_empty()),
            source.token.is_some(),
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            let problem = "it has no source, or several".to_owned();
            let allowed = "one of env, file, credential, command, token".to_owned();
            rules.broken(KeyPath::dotted("secrets").then(name), vec![], problem, allowed);
        }
        if let Some(token) = &source.token {
            check_token(config, &KeyPath::dotted("secrets").then(name).then("token"), token, rules);
        }
    }
    for (driver, entry) in &config.drivers {
        let rules_of = KeyPath::dotted("drivers").then(driver).then("egress");
        for (index, rule) in entry.egress.iter().enumerate() {
            let path = rules_of.index(index);
            check_rule(config, &path, rule, rules);
        }
        let granted = KeyPath::dotted("drivers").then(driver).then("secrets");
        for (wanted, name) in &entry.secrets {
            let path = granted.key(wanted);
            let mut wrong = |problem: String, allowed: &str| {
                rules.broken(path.clone(), vec![], problem, allowed.to_owned());
            };
            match config.secrets.get(name) {
                None => wrong(format!("there is no secret `{}`", name.escape_debug()), "a name in `secrets`"),
                Some(source) if source.token.is_some() => wrong(
                    "a token ends, and a driver would not get the next one".to_owned(),
                    "the secret that the token is got for",
                ),
                Some(_) if entry.settings.contains_key(wanted) => {
                    wrong("it is one of the driver's `settings` too".to_owned(), "one of them");
                }
                Some(_) => {}
            }
        }
    }
}

fn check_rule(config: &Config, path: &KeyPath, rule: &EgressRule, rules: &mut Rules) {
    if let Err(problem) = crate::config::EgressTarget::parse(rule) {
        let allowed = "such as `https://api.example.com/v1/` and methods in capitals".to_owned();
        rules.broken(path.clone(), vec![], problem, allowed);
    }
    let named = rule.secret.iter().map(|secret| &secret.name);
    for name in named.chain(rule.aws_sigv4.iter().flat_map(AwsSigV4::names)) {
        if !config.secrets.contains_key(name) {
            let problem = format!("there is no secret `{}`", name.escape_debug());
            let related = vec![KeyPath::dotted("secrets")];
            rules.broken(path.clone(), related, problem, "a name in `secrets`".into());
        }
    }
    let mut wrong = |problem: String, allowed: &str| {
        rules.broken(path.clone(), vec![], problem, allowed.to_owned());
    };
    if rule.secret.is_some() && rule.aws_sigv4.is_some() {
        wrong("it has both a `secret` and `aws_sigv4`".to_owned(), "one of them");
    }
    if let Some(signing) = &rule.aws_sigv4 {
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if !plain(&signing.region) || !plain(&signing.service) {
            wrong("it names no region or service of AWS".to_owned(), "such as `us-east-1` and `braket`");
        }
        if signing.names().any(|name| config.secrets.get(name).is_some_and(|key| key.token.is_some())) {
            wrong("it would sign with a token that is got by HTTP".to_owned(), "other secrets");
        }
    }
    if let Some(secret) = &rule.secret
        && (!secret.format.contains("{secret}") || http::HeaderName::try_from(&secret.header).is_err())
    {
        wrong(
            "the secret has no place in its header".to_owned(),
            "a header's name, and a format with `{secret}` in it",
        );
    }
    let carries = rule.secret.is_some() || rule.aws_sigv4.is_some();
    if carries && rule.url.starts_with("http:") && !rule.zones.iter().all(|zone| *zone == Zone::Loopback) {
        wrong(
            format!("`{}` would carry a secret in plain text", rule.url.escape_debug()),
            "https, or `zones: [loopback]` alone",
        );
    }
}

fn check_token(config: &Config, path: &KeyPath, token: &TokenSource, rules: &mut Rules) {
    let rule = EgressRule {
        url: token.url.clone(),
        methods: EgressRule::methods(),
        zones: token.zones.clone(),
        secret: None,
        aws_sigv4: None,
    };
    let mut wrong = |problem: String, allowed: &str| {
        rules.broken(path.clone(), vec![], problem, allowed.to_owned());
    };
    if let Err(problem) = crate::config::EgressTarget::parse(&rule) {
        wrong(problem, "such as `https://iam.example.com/token`");
    }
    if token.url.starts_with("http:") && !token.zones.iter().all(|zone| *zone == Zone::Loopback) {
        wrong(
            format!("`{}` would carry a secret in plain text", token.url.escape_debug()),
            "https, or `zones: [loopback]` alone",
        );
    }
    let key = config.secrets.get(&token.key);
    if key.is_none_or(|key| key.token.is_some()) {
        wrong(
            format!("`{}` is no secret that a token can be got for", token.key.escape_debug()),
            "another name in `secrets`",
        );
    }
    if (token.grant == Grant::ClientCredentials) != token.client_id.is_some() {
        wrong(
            "a client is named if, and only if, the grant is its own".to_owned(),
            "`client_id` with `client_credentials`",
        );
    }
}
