//! Bodies within their bounds: so many bytes, and no silence for longer than allowed.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};

use super::Error;
use super::rates::Pace;

/// A body on its way.
pub type Body = UnsyncBoxBody<Bytes, Error>;

/// Any body as one of ours.
pub fn boxed<B>(body: B) -> Body
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Display,
{
    // Trailers are headers that nobody has checked: they are left out.
    let data = |frame: Frame<Bytes>| Frame::data(frame.into_data().unwrap_or_default());
    body.map_frame(data).map_err(|error| Error::Broken(error.to_string())).boxed_unsync()
}

/// The body of an answer: it holds its place among the driver's requests until it has ended.
pub(super) struct Bounded<B> {
    body: B,
    left: u64,
    silence: Duration,
    deadline: Instant,
    wake: Pin<Box<Sleep>>,
    pace: Pace,
    _place: OwnedSemaphorePermit,
}

impl<B> Bounded<B> {
    pub(super) fn new(
        body: B,
        most: u64,
        silence: Duration,
        deadline: Instant,
        pace: Pace,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let wake = Box::pin(tokio::time::sleep_until(deadline.min(Instant::now() + silence)));
        Self { body, left: most, silence, deadline, wake, pace, _place: place }
    }
}

impl<B: HttpBody<Data = Bytes, Error = hyper::Error> + Unpin> HttpBody for Bounded<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if ready!(self.pace.poll(context)) {
            // The silence was ours.
            let next = self.deadline.min(Instant::now() + self.silence);
            self.wake.as_mut().reset(next);
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
                let Some(left) = self.left.checked_sub(bytes) else {
                    return Poll::Ready(Some(Err(Error::TooLarge("egress.max_response_body"))));
                };
                self.left = left;
                self.pace.owe(bytes as usize);
                let next = self.deadline.min(Instant::now() + self.silence);
                self.wake.as_mut().reset(next);
                // Trailers are left out: a secret may come back in them, as in headers.
                Poll::Ready(Some(Ok(Frame::data(frame.into_data().unwrap_or_default()))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(Error::of_client(&error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => match self.wake.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Some(Err(Error::Timeout("egress.between_bytes_timeout")))),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
