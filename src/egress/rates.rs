//! How much a driver may send and get in a second.
//!
//! The invariants: one request too many is refused before anything is sent; bytes too many wait, in both
//! directions together, so that a driver gets its answer late rather than in part. The algorithm is GCRA, which
//! lets a second's worth through at once (ITU-T I.371, appendix).

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use prometheus_client::metrics::counter::Counter;
use tokio::time::{Instant, Sleep};

use super::error::Error;
use crate::config::DriverLimits;

/// The rates of one generation of a driver.
pub(super) struct Rates {
    requests: DefaultDirectRateLimiter,
    bytes: DefaultDirectRateLimiter,
    /// A second's worth of bytes.
    burst: NonZeroU32,
}

impl Rates {
    pub(super) fn new(limits: &DriverLimits) -> Arc<Self> {
        let count = |number: u64| NonZeroU32::new(u32::try_from(number).unwrap_or(u32::MAX));
        let burst = count(limits.outbound_bytes.bytes()).unwrap_or(NonZeroU32::MIN);
        let requests = count(limits.outbound_requests as u64).unwrap_or(NonZeroU32::MIN);
        Arc::new(Self {
            requests: RateLimiter::direct(Quota::per_second(requests)),
            bytes: RateLimiter::direct(Quota::per_second(burst)),
            burst,
        })
    }

    /// Takes the place of one request.
    pub(super) fn request(&self) -> Result<(), Error> {
        self.requests.check().map_err(|_| Error::TooOften)
    }
}

/// What a body owes to the rate of its driver.
pub(super) struct Pace {
    rates: Arc<Rates>,
    counted: Counter,
    owed: u64,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    /// At these rates; what goes through is counted too.
    pub(super) fn new(rates: &Arc<Rates>, counted: Counter) -> Self {
        Self { rates: Arc::clone(rates), counted, owed: 0, pause: None }
    }

    /// Notes what has gone through.
    pub(super) fn owe(&mut self, bytes: usize) {
        self.owed += bytes as u64;
        self.counted.inc_by(bytes as u64);
    }

    /// Ready once everything owed is paid; whether that took a pause.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let mut paused = false;
        while let Some(part) = NonZeroU32::new(self.owed.min(self.rates.burst.get().into()) as u32) {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                (self.pause, paused) = (None, true);
            }
            match self.rates.bytes.check_n(part) {
                Ok(Err(early)) => {
                    let wait = early.wait_time_from(DefaultClock::default().now());
                    self.pause = Some(Box::pin(tokio::time::sleep_until(Instant::now() + wait)));
                }
                // A part is never larger than what the rate holds.
                Ok(Ok(())) | Err(_) => self.owed -= u64::from(part.get()),
            }
        }
        Poll::Ready(paused)
    }
}

/// A body on its way out, at the pace of its driver.
pub(super) struct Paced<B> {
    body: B,
    pace: Pace,
}

impl<B> Paced<B> {
    pub(super) fn new(body: B, pace: Pace) -> Self {
        Self { body, pace }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Paced<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        ready!(self.pace.poll(context));
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.pace.owe(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::ByteSize;

    fn rates(bytes: u64, requests: usize) -> Arc<Rates> {
        Rates::new(&DriverLimits {
            outbound_bytes: ByteSize(bytes),
            outbound_requests: requests,
            ..DriverLimits::default()
        })
    }

    #[tokio::test]
    async fn a_second_s_worth_of_bytes_passes_at_once_and_what_is_more_takes_its_time() {
        let rates = rates(10_000, 1);
        let mut pace = Pace::new(&rates, Counter::default());
        pace.owe(10_000);
        assert!(!std::future::poll_fn(|context| pace.poll(context)).await, "within the rate nothing waits");
        let started = Instant::now();
        pace.owe(2_000);
        assert!(std::future::poll_fn(|context| pace.poll(context)).await);
        assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
    }

    #[test]
    fn one_request_too_many_in_a_second_is_refused() {
        let rates = rates(1, 3);
        let taken = (0..4).filter(|_| rates.request().is_ok()).count();
        assert_eq!(taken, 3);
    }
}
