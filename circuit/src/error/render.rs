//! An error with the source line and a caret under it, as compilers show it.

use std::fmt::Write;

use super::{Error, Errors, Position};

/// Characters of the source line shown at most; a longer line is cut around the column.
const WIDTH: usize = 96;

impl Error {
    /// The source line it is in, cut around the place, and carets under it; `None` without a line.
    ///
    /// `source` is the payload the error came from.
    #[must_use]
    pub fn excerpt(&self, source: &str) -> Option<String> {
        let (line, column) = self.position.line_column()?;
        let (shown, indent, carets) =
            excerpt(source.split('\n').nth(line as usize - 1)?, column as usize - 1);
        Some(format!("{shown}\n{}{}", " ".repeat(indent), "^".repeat(carets)))
    }

    /// The error with the source line it is in and a caret, on several lines.
    ///
    /// `source` is the payload the error came from; a position outside of it is shown without a line.
    #[must_use]
    pub fn render(&self, source: &str) -> String {
        let mut out = format!("error: {}", self.message);
        if let Some((line, column)) = self.position.line_column() {
            let margin = " ".repeat(line.to_string().len());
            let _ = write!(out, "\n{margin}--> {}", place(&self.position));
            if let Some(text) = source.split('\n').nth(line as usize - 1) {
                let (shown, indent, carets) = excerpt(text, column as usize - 1);
                let _ = write!(out, "\n{margin} |\n{line} | {shown}\n{margin} | ");
                let _ = write!(out, "{}{}", " ".repeat(indent), "^".repeat(carets));
            }
            if let Some(suggestion) = &self.suggestion {
                let _ = write!(out, "\n{margin} = help: {suggestion}");
            }
        } else {
            if let Some(path) = self.position.path() {
                let _ = write!(out, "\n--> {path}");
            }
            if let Some(suggestion) = &self.suggestion {
                let _ = write!(out, "\n = help: {suggestion}");
            }
        }
        out
    }
}

impl Errors {
    /// All errors with their source lines, separated by empty lines.
    #[must_use]
    pub fn render(&self, source: &str) -> String {
        self.iter().map(|error| error.render(source)).collect::<Vec<_>>().join("\n\n")
    }
}

fn place(position: &Position) -> String {
    match (position.line_column(), position.path()) {
        (Some((line, column)), Some(path)) => format!("{line}:{column} at {path}"),
        (Some((line, column)), None) => format!("{line}:{column}"),
        (None, _) => String::new(),
    }
}

/// The part of a line around a column (from 0), the column within it, and how many carets to put:
/// as many as the word there is long.
fn excerpt(line: &str, column: usize) -> (String, usize, usize) {
    let first = column.saturating_sub(WIDTH / 2);
    let mut shown: String = if first > 0 { "…".into() } else { String::new() };
    let indent = column - first + usize::from(first > 0);
    let mut rest = line.trim_end_matches('\r').chars().skip(first);
    // A tab or another control character takes one column, so that the caret stays below its mark.
    shown.extend(rest.by_ref().take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }));
    let word = shown.chars().skip(indent).take_while(|&c| c.is_alphanumeric() || c == '_').count();
    if rest.next().is_some() {
        shown.push('…');
    }
    (shown, indent, word.max(1))
}

#[cfg(test)]
mod tests {
    use super::super::ErrorKind;
    use super::*;

    fn error(line: u32, column: u32) -> Error {
        Error::new(ErrorKind::Invalid, Position::Text { line, column }, "unknown gate `cnott`")
            .suggest(Some("did you mean `cx`?"))
    }

    #[test]
    fn the_caret_stands_under_the_word() {
        let shown = error(2, 2).render("qubit q;\n\tcnott q;\r\n");
        assert_eq!(
            shown,
            "error: unknown gate `cnott`\n --> 2:2\n  |\n2 |  cnott q;\n  |  ^^^^^\n  = help: did you mean `cx`?"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let source = format!("{}oops{}", "a".repeat(500), " ".repeat(500));
        let shown = error(1, 501).render(&source);
        let line = shown.lines().find(|line| line.starts_with("1 |")).unwrap_or_default();
        assert!(line.contains("oops") && line.chars().count() < WIDTH + 10, "{shown}");
        let caret = shown.lines().find(|line| line.contains('^')).unwrap_or_default();
        assert_eq!(caret.chars().position(|c| c == '^'), line.chars().position(|c| c == 'o'), "{shown}");
    }

    #[test]
    fn a_position_outside_the_source_is_no_panic() {
        assert!(error(99, 99).render("x").contains("99:99"));
        assert!(error(1, 4_000_000_000).render("x").contains('^'));
    }
}
