//! No child outlives the tests: statics never drop, and a test process may be killed.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};

/// A shell that waits for its stdin to close, which the end of this process does too, and then kills.
pub struct Watchdog {
    shell: Child,
    stdin: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over a child from now on.
    pub fn over(child: &Child) -> Self {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", "read line || kill -9 \"$0\"", &child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { stdin: shell.stdin.take(), shell }
    }

    /// Ends it without a kill. To be called before the child is waited for: after that its id may be
    /// another's.
    pub fn call_off(&mut self) {
        if let Some(mut stdin) = self.stdin.take() {
            let _ = stdin.write_all(b"\n");
        }
        let _ = self.shell.wait();
    }
}
