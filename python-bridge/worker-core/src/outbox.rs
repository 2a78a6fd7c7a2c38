//! What waits to be written to the host: whole frames, one after the other, by one writer.
//!
//! Invariant: at most `limit` bytes wait, and the one frame that crosses the limit. Whoever has an
//! answer waits for room; a log line that finds no room is dropped and counted, because a driver
//! that logs too much must not hold up its own answers.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex};

use crate::frame;
use crate::lock;
use crate::message::{FromWorker, LogLine, from_worker::Answer};

/// A message over the frame cap: how long it is, and what is allowed.
#[derive(Debug, PartialEq, Eq)]
pub struct Overrun {
    /// The message's length in bytes.
    pub length: usize,
    /// The cap.
    pub max: usize,
}

/// The queue in front of the writer.
pub struct Outbox {
    state: Mutex<State>,
    /// The writer waits here for something to write.
    filled: Condvar,
    /// Senders and [`flush`](Outbox::flush) wait here for the writer.
    drained: Condvar,
    limit: usize,
}

struct State {
    waiting: Vec<u8>,
    max_frame: usize,
    writing: bool,
    lost_lines: u64,
}

impl Outbox {
    /// An empty outbox, in which about `limit` bytes can wait.
    pub fn new(limit: usize, max_frame: usize) -> Self {
        let state = State { waiting: Vec::new(), max_frame, writing: false, lost_lines: 0 };
        Self { state: Mutex::new(state), filled: Condvar::new(), drained: Condvar::new(), limit }
    }

    /// From now on, this is the longest frame.
    pub fn set_max_frame(&self, max_frame: usize) {
        lock(&self.state).max_frame = max_frame;
    }

    /// Puts a message in, when there is room.
    pub fn send(&self, message: &FromWorker) -> Result<(), Overrun> {
        let mut state = lock(&self.state);
        while state.waiting.len() >= self.limit {
            state = self.drained.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        self.put(&mut state, message)
    }

    /// Whether a message sent now would not have to wait.
    pub fn has_room(&self) -> bool {
        lock(&self.state).waiting.len() < self.limit
    }

    /// Puts a line in if there is plenty of room, and drops it otherwise.
    pub fn log(&self, mut line: LogLine) {
        let mut state = lock(&self.state);
        if state.waiting.len() >= self.limit / 2 {
            state.lost_lines += 1;
            return;
        }
        if state.lost_lines > 0 {
            line.message = format!("{} ({} lines before this one were lost)", line.message, state.lost_lines);
        }
        let sent = self.put(&mut state, &FromWorker { id: 0, answer: Some(Answer::Log(line)) });
        state.lost_lines = if sent.is_ok() { 0 } else { state.lost_lines + 1 };
    }

    fn put(&self, state: &mut State, message: &FromWorker) -> Result<(), Overrun> {
        let max = state.max_frame;
        frame::append(message, max, &mut state.waiting).map_err(|length| Overrun { length, max })?;
        if !state.writing {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Returns when all that was sent before has been written.
    pub fn flush(&self) {
        let mut state = lock(&self.state);
        while state.writing || !state.waiting.is_empty() {
            state = self.drained.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Writes whatever comes, until writing fails. For one thread alone.
    pub fn write_to(&self, mut to: impl Write) -> io::Error {
        let mut batch = Vec::new();
        loop {
            self.take(&mut batch);
            if let Err(error) = to.write_all(&batch) {
                return error;
            }
            lock(&self.state).writing = false;
            self.drained.notify_all();
        }
    }

    fn take(&self, batch: &mut Vec<u8>) {
        batch.clear();
        batch.shrink_to(self.limit);
        let mut state = lock(&self.state);
        while state.waiting.is_empty() {
            state = self.filled.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        std::mem::swap(&mut state.waiting, batch);
        state.writing = true;
        drop(state);
        self.drained.notify_all();
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, clippy::panic, reason = "tests")]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::frame::FrameReader;
    use crate::message::{Error, Pong};

    fn pong(id: u64) -> FromWorker {
        FromWorker { id, answer: Some(Answer::Pong(Pong {})) }
    }

    fn line(text: &str) -> LogLine {
        LogLine { message: text.into(), ..LogLine::default() }
    }

    /// An outbox with its writer, and the host's end of the socket.
    fn connected(outbox: Outbox) -> (Arc<Outbox>, FrameReader<UnixStream>) {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let outbox = Arc::new(outbox);
        let writer = Arc::clone(&outbox);
        thread::spawn(move || writer.write_to(ours));
        (outbox, FrameReader::new(theirs, 1 << 20))
    }

    #[test]
    fn answers_of_many_threads_never_interleave() {
        let (outbox, mut host) = connected(Outbox::new(64, 1 << 20));
        thread::scope(|scope| {
            for thread in 0..4_u64 {
                let outbox = &outbox;
                scope.spawn(move || {
                    (0..500).for_each(|i| outbox.send(&pong(thread * 500 + i)).expect("it fits"));
                });
            }
            let mut ids: Vec<_> = (0..2000).map(|_| host.read::<FromWorker>().expect("whole").0.id).collect();
            ids.sort_unstable();
            assert!(ids.into_iter().eq(0..2000));
        });
    }

    #[test]
    fn a_message_over_the_cap_is_told_with_both_sizes() {
        let outbox = Outbox::new(1000, 50);
        let message = FromWorker::answer(1, Error { message: "x".repeat(100), ..Error::default() });
        let Overrun { length, max } = outbox.send(&message).expect_err("too long");
        assert!(length > 100 && max == 50);
    }

    #[test]
    fn a_line_without_room_is_dropped_and_the_next_one_says_so() {
        let outbox = Outbox::new(16, 1000);
        outbox.log(line("first"));
        outbox.log(line("lost"));
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let mut host = FrameReader::new(theirs, 1000);
        thread::scope(|scope| {
            scope.spawn(|| outbox.write_to(ours));
            outbox.flush();
            outbox.log(line("next"));
            let mut read = || match host.read::<FromWorker>().expect("a line").0.answer {
                Some(Answer::Log(line)) => line.message,
                other => panic!("{other:?}"),
            };
            assert_eq!([read(), read()], ["first", "next (1 lines before this one were lost)"]);
            drop(host);
            outbox.send(&pong(1)).expect("the writer notices that nobody reads");
        });
    }
}
