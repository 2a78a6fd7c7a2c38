//! Frames: a 32-bit big-endian length, then that many bytes.
//!
//! A length is a claim of the other side's. It is checked against the cap, and memory follows the
//! bytes that have really come, never the claim.

use std::io::{self, Read};

use prost::Message;

/// The length in front of a frame.
pub const PREFIX: usize = 4;

/// The longest first frame: nobody has agreed on a cap yet.
pub const MAX_FIRST_FRAME: usize = 64 << 20;

/// What is set aside before the first byte of a frame has come, and kept between frames.
const KEPT: usize = 64 << 10;

/// Why there is no next message. Beyond it, the stream cannot be read.
#[derive(Debug)]
pub enum Broken {
    /// The other side has closed.
    Closed,
    /// A frame longer than the cap: its length.
    TooLong(usize),
    /// The bytes are no message of the wanted kind.
    NoMessage(prost::DecodeError),
    /// Reading failed.
    Io(io::Error),
}

/// Reads messages, one frame each.
pub struct FrameReader<R> {
    from: R,
    max: usize,
    frame: Vec<u8>,
}

impl<R: Read> FrameReader<R> {
    /// Reads frames of at most `max` bytes.
    pub fn new(from: R, max: usize) -> Self {
        Self { from, max, frame: Vec::new() }
    }

    /// From the next frame on, this is the cap.
    pub fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// The next message and the length of its frame.
    pub fn read<M: Message + Default>(&mut self) -> Result<(M, usize), Broken> {
        let mut prefix = [0; PREFIX];
        self.from.read_exact(&mut prefix).map_err(ended)?;
        let length = u32::from_be_bytes(prefix) as usize;
        if length > self.max {
            return Err(Broken::TooLong(length));
        }
        self.fill(length)?;
        let message = M::decode(self.frame.as_slice()).map_err(Broken::NoMessage)?;
        Ok((message, length))
    }

    fn fill(&mut self, length: usize) -> Result<(), Broken> {
        self.frame.clear();
        self.frame.shrink_to(KEPT);
        self.frame.reserve(length.min(KEPT));
        let read = self.from.by_ref().take(length as u64).read_to_end(&mut self.frame).map_err(Broken::Io)?;
        if read == length { Ok(()) } else { Err(Broken::Closed) }
    }
}

fn ended(error: io::Error) -> Broken {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Broken::Closed,
        _ => Broken::Io(error),
    }
}

/// Appends a message as a frame. `Err` is the length of a message longer than `max`, of which
/// nothing was appended.
pub fn append(message: &impl Message, max: usize, to: &mut Vec<u8>) -> Result<(), usize> {
    let length = message.encoded_len();
    let prefix = u32::try_from(length).ok().filter(|_| length <= max).ok_or(length)?;
    to.reserve(PREFIX + length);
    to.extend_from_slice(&prefix.to_be_bytes());
    message.encode_raw(to);
    Ok(())
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::message::{FromWorker, LogLine, Pong, from_worker::Answer};

    fn line(length: usize) -> FromWorker {
        let line = LogLine { message: "x".repeat(length), ..LogLine::default() };
        FromWorker { id: 0, answer: Some(Answer::Log(line)) }
    }

    fn framed(messages: &[FromWorker]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for message in messages {
            append(message, usize::MAX, &mut bytes).expect("no cap");
        }
        bytes
    }

    #[test]
    fn messages_come_back_in_order() {
        let sent = [line(3), FromWorker { id: 7, answer: Some(Answer::Pong(Pong {})) }, line(200_000)];
        let bytes = framed(&sent);
        let mut reader = FrameReader::new(bytes.as_slice(), 1 << 20);
        for message in sent {
            assert_eq!(reader.read::<FromWorker>().expect("a frame").0, message);
        }
        assert!(matches!(reader.read::<FromWorker>(), Err(Broken::Closed)));
    }

    #[test]
    fn a_lying_length_costs_no_memory() {
        let mut bytes = (1_u32 << 30).to_be_bytes().to_vec();
        bytes.extend_from_slice(b"little");
        let mut reader = FrameReader::new(bytes.as_slice(), usize::MAX);
        assert!(matches!(reader.read::<FromWorker>(), Err(Broken::Closed)));
        assert!(reader.frame.capacity() <= 2 * KEPT, "{}", reader.frame.capacity());
    }

    #[test]
    fn a_frame_over_the_cap_is_refused_by_its_length_alone() {
        let bytes = 1001_u32.to_be_bytes();
        let mut reader = FrameReader::new(bytes.as_slice(), 1000);
        assert!(matches!(reader.read::<FromWorker>(), Err(Broken::TooLong(1001))));
    }

    #[test]
    fn bytes_that_are_no_message_are_told_from_an_end() {
        let bytes = [0, 0, 0, 2, 0xff, 0xff];
        let mut reader = FrameReader::new(bytes.as_slice(), 1000);
        assert!(matches!(reader.read::<FromWorker>(), Err(Broken::NoMessage(_))));
    }

    #[test]
    fn the_memory_of_a_long_frame_is_given_back() {
        let bytes = framed(&[line(1 << 20), line(1)]);
        let mut reader = FrameReader::new(bytes.as_slice(), usize::MAX);
        reader.read::<FromWorker>().expect("the long one");
        reader.read::<FromWorker>().expect("the short one");
        assert!(reader.frame.capacity() <= 2 * KEPT, "{}", reader.frame.capacity());
    }

    #[test]
    fn nothing_is_appended_of_a_message_over_the_cap() {
        let mut bytes = vec![1];
        let message = line(100);
        assert_eq!(append(&message, 100, &mut bytes), Err(message.encoded_len()));
        assert_eq!(bytes, [1]);
    }
}
