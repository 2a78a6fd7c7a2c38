//! What a child writes, line by line, as something that can be awaited in any runtime.

use std::io::{BufRead as _, BufReader, Read};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

/// Longest time for a line to come or a stream to end.
const PATIENCE: Duration = Duration::from_secs(40);

/// One stream of a child.
#[derive(Clone)]
pub struct Lines(watch::Receiver<State>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    /// Reads the stream to its end, on a thread of its own.
    pub fn read(stream: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(State::default());
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                sender.send_modify(|state| state.lines.push(line));
            }
            sender.send_modify(|state| state.ended = true);
        });
        Self(receiver)
    }

    /// All lines so far.
    pub fn all(&self) -> Vec<String> {
        self.0.borrow().lines.clone()
    }

    /// All lines so far as one text.
    pub fn text(&self) -> String {
        self.0.borrow().lines.join("\n")
    }

    /// All lines so far that are JSON.
    pub fn json(&self) -> Vec<Value> {
        self.0.borrow().lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The first line, or `None` if the stream ends or the time passes before there is one.
    pub async fn first(&self, patience: Duration) -> Option<String> {
        let mut receiver = self.0.clone();
        let state =
            timeout(patience, receiver.wait_for(|state| !state.lines.is_empty() || state.ended)).await;
        state.ok()?.ok()?.lines.first().cloned()
    }

    /// Waits for a JSON line that satisfies the condition; gives the first.
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut receiver = self.0.clone();
        let mut seen = 0;
        let mut found = None;
        let search = receiver.wait_for(|state| {
            let fresh = state.lines[seen..].iter().filter_map(|line| serde_json::from_str(line).ok());
            found = fresh.into_iter().find(|line| wanted(line));
            seen = state.lines.len();
            found.is_some() || state.ended
        });
        let outcome = timeout(PATIENCE, search).await.is_ok();
        found.unwrap_or_else(|| panic!("no line with {what} (waited: {outcome}):\n{}", self.text()))
    }

    /// Waits until the stream is closed; false if it stays open.
    pub async fn ended(&self, patience: Duration) -> bool {
        timeout(patience, self.0.clone().wait_for(|state| state.ended)).await.is_ok()
    }
}
