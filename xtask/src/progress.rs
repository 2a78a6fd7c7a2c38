//! What the terminal shows while a child works: a spinner with the time and the child's last words,
//! or, where nobody watches (a pipe, continuous integration), a plain line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a step that takes long says so where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(15);

/// One step under way. Ended by [`Progress::done`]; dropped without it, the spinner disappears.
pub struct Progress {
    label: String,
    started: Instant,
    view: View,
}

enum View {
    Terminal(ProgressBar),
    Plain { last: Instant },
}

impl Progress {
    /// Shows that `label` has begun.
    pub fn start(label: &str) -> Self {
        let now = Instant::now();
        let view = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner().with_prefix(label.to_owned());
            if let Ok(style) =
                ProgressStyle::with_template("  {spinner} {prefix} {elapsed:>4} {wide_msg:.dim}")
            {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            View::Terminal(bar)
        } else {
            View::Plain { last: now }
        };
        Self { label: label.to_owned(), started: now, view }
    }

    /// The child's last words.
    pub fn say(&mut self, words: &str) {
        match &mut self.view {
            View::Terminal(bar) => bar.set_message(words.to_owned()),
            View::Plain { last } if last.elapsed() >= PLAIN_INTERVAL => {
                *last = Instant::now();
                eprintln!("    {} … {}  {words}", self.label, seconds(self.started.elapsed()));
            }
            View::Plain { .. } => {}
        }
    }

    /// Says that it is done, and how long it took.
    pub fn done(self) {
        let line = format!("  {:<44} {:>8}", self.label, seconds(self.started.elapsed()));
        if let View::Terminal(bar) = &self.view {
            bar.finish_and_clear();
        }
        eprintln!("{line}");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let View::Terminal(bar) = &self.view {
            bar.finish_and_clear();
        }
    }
}

/// A duration as people say it: `0.8 s`, `42 s`, `3 min 05 s`.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..60 => format!("{whole} s"),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

/// A child's line made fit for one line of a terminal; empty if it is no news. Of cargo's progress bar
/// the counts and names are kept, and the lines that say the same without a count are left out.
pub fn last_words(line: &str) -> String {
    let plain = without_escapes(line);
    let plain = plain.trim();
    if plain.starts_with("Compiling ") || plain.starts_with("Checking ") {
        return String::new();
    }
    let bar = plain.strip_prefix("Building [").and_then(|bar| bar.split_once(']'));
    bar.map_or(plain, |(_, counts)| counts.trim()).to_owned()
}

/// The text without terminal escape sequences (`ESC [ … letter`) and other control characters.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next == '\u{1b}' {
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else if !next.is_control() {
            plain.push(next);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(seconds(Duration::from_millis(840)), "0.8 s");
        assert_eq!(seconds(Duration::from_secs(42)), "42 s");
        assert_eq!(seconds(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn cargos_bar_is_reduced_to_what_it_counts() {
        assert_eq!(last_words("    Building [=====>      ] 12/345: syn, tokio"), "12/345: syn, tokio");
        assert_eq!(last_words("\u{1b}[K   Compiling syn v2.0.1"), "");
    }

    #[test]
    fn brackets_elsewhere_are_left_alone() {
        assert_eq!(last_words("warning: unused [u8]"), "warning: unused [u8]");
    }
}
