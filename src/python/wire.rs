//! Frames: a 32-bit big-endian length, then a message of that many bytes.

use bytes::{Bytes, BytesMut};
use prost::Message as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::Zeroizing;

use crate::secrets::Veil;
use proto::to_worker::Request;

/// The messages of `worker.proto`.
#[allow(missing_docs, clippy::pedantic, reason = "generated; documented in worker.proto")]
pub(super) mod proto {
    include!(concat!(env!("OUT_DIR"), "/eigen.driver_manager.worker.v1.rs"));
}

/// Memory is taken in steps, so that a lying length costs nothing before its bytes have come.
const STEP: usize = 64 << 10;

/// Why no more frames can be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("the socket failed: {0}")]
    Socket(#[from] std::io::Error),
    #[error("a message of {length} bytes is over `python.max_frame`, {most} bytes")]
    TooLong { length: usize, most: usize },
    #[error("its bytes are no message of the protocol: {0}")]
    Nonsense(#[from] prost::DecodeError),
}

/// The next message, with what is not to be seen in it covered; nothing at the end of the stream.
pub(super) async fn read(
    socket: &mut (impl AsyncRead + Unpin),
    most: usize,
    veil: &Veil,
) -> Result<Option<proto::FromWorker>, WireError> {
    let mut head = [0; 4];
    match socket.read_exact(&mut head).await {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => _ = other?,
    }
    let length = u32::from_be_bytes(head) as usize;
    if length > most {
        return Err(WireError::TooLong { length, most });
    }
    let mut body = BytesMut::with_capacity(length.min(STEP));
    let mut rest = socket.take(length as u64);
    while body.len() < length {
        body.reserve(STEP.min(length - body.len()));
        if rest.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    // A text keeps its length, and so does the message around it.
    veil.cover(&mut body);
    Ok(Some(proto::FromWorker::decode(body.freeze())?))
}

/// A message as a frame.
pub(super) fn frame(message: &proto::ToWorker, most: usize) -> Result<Bytes, WireError> {
    let length = message.encoded_len();
    let head = u32::try_from(length).ok().filter(|_| length <= most);
    let head = head.ok_or(WireError::TooLong { length, most })?;
    let mut bytes = Vec::with_capacity(4 + length);
    bytes.extend_from_slice(&head.to_be_bytes());
    message.encode_raw(&mut bytes);
    let secret = matches!(&message.request, Some(Request::Initialize(given)) if !given.secrets.is_empty());
    Ok(if secret { Bytes::from_owner(Zeroizing::new(bytes)) } else { bytes.into() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[tokio::test]
    async fn what_was_framed_is_read_and_a_stream_that_ends_within_a_frame_ends() {
        let message =
            proto::FromWorker { id: 7, answer: Some(proto::from_worker::Answer::Done(proto::Done {})) };
        let body = message.encode_to_vec();
        let mut bytes = (body.len() as u32).to_be_bytes().to_vec();
        bytes.extend_from_slice(&body);
        assert_eq!(read(&mut bytes.as_slice(), 100, &Veil::default()).await.unwrap(), Some(message));
        for cut in 0..bytes.len() {
            assert_eq!(read(&mut &bytes[..cut], 100, &Veil::default()).await.unwrap(), None, "{cut}");
        }
    }

    #[tokio::test]
    async fn a_length_over_the_bound_and_bytes_that_are_no_message_are_errors() {
        let long = u32::MAX.to_be_bytes();
        assert!(matches!(
            read(&mut long.as_slice(), 100, &Veil::default()).await,
            Err(WireError::TooLong { .. })
        ));
        let mut nonsense = 3_u32.to_be_bytes().to_vec();
        nonsense.extend_from_slice(&[0xff; 3]);
        assert!(matches!(
            read(&mut nonsense.as_slice(), 100, &Veil::default()).await,
            Err(WireError::Nonsense(_))
        ));
    }
}
