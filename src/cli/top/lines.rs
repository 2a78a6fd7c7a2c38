//! Lines of a terminal: text with a tone, cut to fit.
//!
//! The invariant: what drivers say of themselves cannot steer the terminal, since control characters are
//! replaced before anything is laid out.

use std::io::{self, Write};

use crossterm::queue;
use crossterm::style::{Attribute, Color, Print, ResetColor, SetAttribute, SetForegroundColor};

/// How a piece of text looks. No state is told by its tone alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Bold,
    Faint,
    Good,
    Warn,
    Bad,
    Busy,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line(Vec<(String, Tone)>);

impl Line {
    pub(super) fn new(tone: Tone, text: impl AsRef<str>) -> Self {
        Self::default().and(tone, text)
    }

    #[must_use]
    pub(super) fn and(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        let safe = text.as_ref().chars().map(|c| if c.is_control() { '·' } else { c }).collect();
        self.0.push((safe, tone));
        self
    }

    /// Characters.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(text, _)| text.chars().count()).sum()
    }

    pub(super) fn plain(&self) -> String {
        let text: String = self.0.iter().map(|(text, _)| text.as_str()).collect();
        text.trim_end().to_owned()
    }

    /// Writes as much of it as there is room for.
    pub(super) fn write(&self, out: &mut impl Write, width: usize) -> io::Result<()> {
        let mut room = width;
        for (text, tone) in &self.0 {
            let piece: String = text.chars().take(room).collect();
            room -= piece.chars().count();
            match tone {
                Tone::Plain => {}
                Tone::Bold => queue!(out, SetAttribute(Attribute::Bold))?,
                Tone::Faint => queue!(out, SetAttribute(Attribute::Dim))?,
                Tone::Good => queue!(out, SetForegroundColor(Color::Green))?,
                Tone::Warn => queue!(out, SetForegroundColor(Color::Yellow))?,
                Tone::Bad => queue!(out, SetForegroundColor(Color::Red))?,
                Tone::Busy => queue!(out, SetForegroundColor(Color::Blue))?,
            }
            queue!(out, Print(piece), SetAttribute(Attribute::Reset), ResetColor)?;
        }
        Ok(())
    }
}

/// Rows of cells as lines, each column as wide as its widest cell.
pub(super) fn columns(rows: Vec<Vec<Line>>) -> Vec<Line> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Line::width).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: Vec<Line>| {
        let mut line = Line::default();
        for (cell, width) in row.into_iter().zip(&widths) {
            let gap = " ".repeat(width - cell.width() + 2);
            line.0.extend(cell.0);
            line.0.push((gap, Tone::Plain));
        }
        line
    };
    rows.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_a_driver_says_cannot_steer_the_terminal() {
        let line = Line::new(Tone::Plain, "red\u{1b}[31m\r\n\u{9b}2J");
        assert_eq!(line.plain(), "red·[31m···2J");
    }

    #[test]
    fn a_line_is_cut_where_the_terminal_ends() {
        let mut out = Vec::new();
        Line::new(Tone::Plain, "abc").and(Tone::Plain, "def").write(&mut out, 4).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("abc") && text.contains('d') && !text.contains('e'), "{text:?}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let cell = |text| Line::new(Tone::Plain, text);
        let lines = columns(vec![vec![cell("a"), cell("x")], vec![cell("long"), cell("y")]]);
        let lines: Vec<_> = lines.iter().map(Line::plain).collect();
        assert_eq!(lines, ["a     x", "long  y"]);
    }
}
