//! Why an outbound request got no answer.

use super::policy::Denied;

/// Why an outbound request got no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No rule lets it through.
    #[error("no rule of the operator lets it through ({})", .0.name())]
    Denied(Denied),
    /// As many requests of the driver are under way as may be.
    #[error("`egress.concurrent` requests are under way")]
    Crowded,
    /// As many requests as the driver may send in a second have been sent.
    #[error("the driver sends more than `limits.outbound_requests` a second")]
    TooOften,
    /// The secret that the rule names cannot be had.
    #[error("the secret `{name}` cannot be had: {cause}")]
    NoSecret {
        /// Its name.
        name: String,
        /// Why.
        cause: String,
    },
    /// The host has no address.
    #[error("the host has no address: {0}")]
    NoAddress(String),
    /// The host is where the rule does not let it be.
    #[error("the host is at an address in no granted zone")]
    Prohibited,
    /// Nobody could be connected to.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// No encrypted connection came about.
    #[error("no TLS connection: {0}")]
    Tls(String),
    /// It took too long.
    #[error("it took longer than {0}")]
    Timeout(&'static str),
    /// A body is over its bound.
    #[error("a body is over `{0}`")]
    TooLarge(&'static str),
    /// The exchange broke off, or was not HTTP.
    #[error("the exchange failed: {0}")]
    Broken(String),
}

impl Error {
    /// A secret that cannot be had, and why.
    pub(super) fn no_secret(name: &str, cause: &str) -> Self {
        Self::NoSecret { name: name.to_owned(), cause: cause.to_owned() }
    }

    /// A stable name for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Crowded => "crowded",
            Self::TooOften => "too_often",
            Self::NoSecret { .. } => "no_secret",
            Self::NoAddress(_) => "no_address",
            Self::Prohibited => "prohibited_address",
            Self::NoConnection(_) => "no_connection",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::TooLarge(_) => "too_large",
            Self::Broken(_) => "broken",
        }
    }

    /// Whether nobody can have got the request, not even in part.
    pub fn is_before_sending(&self) -> bool {
        matches!(
            self,
            Self::Denied(_)
                | Self::Crowded
                | Self::TooOften
                | Self::NoSecret { .. }
                | Self::NoAddress(_)
                | Self::Prohibited
                | Self::NoConnection(_)
                | Self::Timeout("egress.connect_timeout")
        )
    }

    /// Of a request that the client could not make: its own error is told, and where one of ours lies beneath,
    /// that one.
    pub(super) fn of_client(error: &(dyn std::error::Error + 'static)) -> Self {
        if let Some(known) = beneath(error) {
            return known;
        }
        let chain = std::iter::successors(error.source(), |error| error.source());
        let texts: Vec<String> =
            std::iter::once(error.to_string()).chain(chain.map(ToString::to_string)).collect();
        Self::Broken(texts.join(": "))
    }
}

/// What lies beneath an error, as far as it is known here. An error of I/O hides what it was made of from its
/// sources.
fn beneath(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    if let Some(own) = error.downcast_ref::<Error>() {
        return Some(own.clone());
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(Error::Tls(tls.to_string()));
    }
    if error.is::<http_body_util::LengthLimitError>() {
        return Some(Error::TooLarge("egress.max_request_body"));
    }
    let hidden = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    hidden.and_then(|hidden| beneath(hidden)).or_else(|| beneath(error.source()?))
}
