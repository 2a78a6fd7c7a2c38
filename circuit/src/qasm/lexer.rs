//! Text → tokens, one at a time: nothing is kept, so the number of tokens costs no memory.

use super::fault::Fault;
use super::token::{Kind, Span, Token};
use crate::text::quote;

/// Units that turn a number into a duration.
const UNITS: [&str; 6] = ["dt", "ns", "us", "µs", "ms", "s"];

/// Reads tokens; always goes forward, also over what it refuses.
#[derive(Debug)]
pub(super) struct Lexer<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    /// Starts at the beginning. The caller has checked that offsets fit 32 bits.
    pub(super) fn new(text: &'s str) -> Self {
        // Editors of some systems begin every text with a mark of its encoding.
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at }
    }

    /// The source at a span.
    pub(super) fn slice(&self, span: Span) -> &'s str {
        &self.text[span.start as usize..span.end as usize]
    }

    /// Reads the next token; at the end, `End` again and again.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        self.skip_blank()?;
        let start = self.at;
        let bytes = &self.text.as_bytes()[start..];
        let Some(&first) = bytes.first() else { return Ok(self.token(Kind::End, start)) };
        let second_is_digit = bytes.get(1).is_some_and(u8::is_ascii_digit);
        let kind = if is_name_byte(first) && !first.is_ascii_digit() {
            self.name();
            Kind::Identifier
        } else if first.is_ascii_digit() || (first == b'.' && second_is_digit) {
            self.number(start)?
        } else if first == b'$' && second_is_digit {
            self.at += 1;
            self.take_while(|byte| byte.is_ascii_digit());
            Kind::HardwareQubit
        } else if first == b'"' || first == b'\'' {
            self.quoted(start, char::from(first))?
        } else if let Some((kind, length)) = symbol(bytes) {
            self.at += length;
            kind
        } else {
            return self.foreign(start);
        };
        Ok(self.token(kind, start))
    }

    /// Goes behind the end of the present line.
    pub(super) fn skip_line(&mut self) {
        self.at += self.text[self.at..].find('\n').map_or(self.text.len() - self.at, |newline| newline + 1);
    }

    /// Goes behind the next block in braces, whatever it holds, or a semicolon before it.
    pub(super) fn skip_block(&mut self) {
        let mut depth = 0_usize;
        for (offset, byte) in self.text[self.at..].bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b';' => {}
                _ => continue,
            }
            if depth == 0 {
                self.at += offset + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    fn skip_blank(&mut self) -> Result<(), Fault> {
        loop {
            self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
            let rest = &self.text.as_bytes()[self.at..];
            if rest.starts_with(b"//") {
                self.skip_line();
            } else if rest.starts_with(b"/*") {
                let start = self.at;
                let Some(length) = self.text[start + 2..].find("*/") else {
                    self.at = self.text.len();
                    return Err(Fault::invalid(self.span(start), "the comment does not end"));
                };
                self.at += 2 + length + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// The rest of a name, of whatever script.
    fn name(&mut self) {
        loop {
            self.take_while(is_name_byte);
            match self.text[self.at..].chars().next() {
                Some(letter) if letter.is_alphabetic() => self.at += letter.len_utf8(),
                _ => return,
            }
        }
    }

    /// A name that begins beyond ASCII, or what means nothing.
    fn foreign(&mut self, start: usize) -> Result<Token, Fault> {
        let Some(first) = self.text[start..].chars().next() else { return Ok(self.token(Kind::End, start)) };
        self.at += first.len_utf8();
        if first.is_alphabetic() {
            self.name();
            return Ok(self.token(Kind::Identifier, start));
        }
        let message = format!("{} means nothing here", quote(first.encode_utf8(&mut [0; 4])));
        Err(Fault::invalid(self.span(start), message))
    }

    fn number(&mut self, start: usize) -> Result<Kind, Fault> {
        let bytes = self.text.as_bytes();
        let prefix = bytes.get(start + 1).filter(|_| bytes[start] == b'0');
        let mut kind = Kind::Integer;
        if matches!(prefix, Some(b'x' | b'X' | b'o' | b'b' | b'B')) {
            self.at += 2;
            self.take_while(is_name_byte);
            return Ok(kind);
        }
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        self.take_while(digits);
        if bytes.get(self.at) == Some(&b'.') {
            kind = Kind::Float;
            self.at += 1;
            self.take_while(digits);
        }
        if matches!(bytes.get(self.at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(self.at + 1), Some(b'+' | b'-')));
            if bytes.get(self.at + 1 + sign).is_some_and(u8::is_ascii_digit) {
                kind = Kind::Float;
                self.at += 1 + sign;
                self.take_while(digits);
            }
        }
        Ok(self.suffix(start)?.unwrap_or(kind))
    }

    /// A unit behind a number, with or without a space before it.
    fn suffix(&mut self, start: usize) -> Result<Option<Kind>, Fault> {
        let rest = &self.text[self.at..];
        let word = rest.trim_start_matches([' ', '\t']);
        let word = &word[..word.find(|c| !is_name_part(c)).unwrap_or(word.len())];
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let kind = match word {
            "im" => Kind::Imaginary,
            unit if UNITS.contains(&unit) => Kind::Timing,
            _ if spaces == 0 && !word.is_empty() => {
                self.at += word.len();
                return Err(Fault::invalid(self.span(start), "a name cannot begin with a digit"));
            }
            _ => return Ok(None),
        };
        self.at += spaces + word.len();
        Ok(Some(kind))
    }

    fn quoted(&mut self, start: usize, quote: char) -> Result<Kind, Fault> {
        let inner = &self.text[start + 1..];
        match inner.find([quote, '\n']) {
            Some(end) if inner[end..].starts_with(quote) => {
                self.at += end + 2;
                Ok(Kind::Quoted)
            }
            end => {
                self.at += 1 + end.unwrap_or(inner.len());
                Err(Fault::invalid(self.span(start), "the text in quotes does not end on its line"))
            }
        }
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| !belongs(byte)).unwrap_or(rest.len());
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        Token { kind, span: self.span(start) }
    }

    fn span(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.at as u32 }
    }
}

/// Whether an ASCII byte may stand in a name.
fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Whether a character may stand in a name.
fn is_name_part(c: char) -> bool {
    c == '_' || c.is_ascii_digit() || c.is_alphabetic()
}

/// The longest symbol at the beginning, and its length.
fn symbol(bytes: &[u8]) -> Option<(Kind, usize)> {
    let second = bytes.get(1).copied().unwrap_or(0);
    let third = bytes.get(2).copied().unwrap_or(0);
    let compound = |kind| if second == b'=' { (Kind::Compound, 2) } else { (kind, 1) };
    Some(match *bytes.first()? {
        b'(' => (Kind::LeftParen, 1),
        b')' => (Kind::RightParen, 1),
        b'[' => (Kind::LeftBracket, 1),
        b']' => (Kind::RightBracket, 1),
        b'{' => (Kind::LeftBrace, 1),
        b'}' => (Kind::RightBrace, 1),
        b':' => (Kind::Colon, 1),
        b';' => (Kind::Semicolon, 1),
        b'.' => (Kind::Dot, 1),
        b',' => (Kind::Comma, 1),
        b'@' => (Kind::At, 1),
        b'#' => (Kind::Hash, 1),
        b'=' if second == b'=' => (Kind::Same, 2),
        b'=' => (Kind::Equals, 1),
        b'!' if second == b'=' => (Kind::Different, 2),
        b'!' => (Kind::Bang, 1),
        b'-' if second == b'>' => (Kind::Arrow, 2),
        b'-' => compound(Kind::Minus),
        b'+' if second == b'+' => (Kind::DoublePlus, 2),
        b'+' => compound(Kind::Plus),
        b'*' if second == b'*' && third == b'=' => (Kind::Compound, 3),
        b'*' if second == b'*' => (Kind::DoubleStar, 2),
        b'*' => compound(Kind::Star),
        b'/' => compound(Kind::Slash),
        b'%' => compound(Kind::Percent),
        b'~' => compound(Kind::Tilde),
        b'^' => compound(Kind::Caret),
        b'|' if second == b'|' => (Kind::DoublePipe, 2),
        b'|' => compound(Kind::Pipe),
        b'&' if second == b'&' => (Kind::DoubleAmpersand, 2),
        b'&' => compound(Kind::Ampersand),
        b'<' if second == b'<' && third == b'=' => (Kind::Compound, 3),
        b'<' if second == b'<' => (Kind::ShiftLeft, 2),
        b'<' if second == b'=' => (Kind::LessOrSame, 2),
        b'<' => (Kind::Less, 1),
        b'>' if second == b'>' && third == b'=' => (Kind::Compound, 3),
        b'>' if second == b'>' => (Kind::ShiftRight, 2),
        b'>' if second == b'=' => (Kind::GreaterOrSame, 2),
        b'>' => (Kind::Greater, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Option<Kind>> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| match lexer.next() {
            Ok(token) if token.kind == Kind::End => None,
            other => Some(other.ok().map(|token| token.kind)),
        })
        .collect()
    }

    #[test]
    fn numbers_and_their_suffixes_are_told_apart() {
        use Kind::{Float, Identifier, Imaginary, Integer, Timing};
        let cases: [(&str, &[Kind]); 8] = [
            ("1 1_000 0x1F 0b10 0o17", &[Integer; 5]),
            ("1.5 .5 2. 1e3 1.5E-3 1_0.0_1", &[Float; 6]),
            ("2im 2.5 im", &[Imaginary; 2]),
            ("10ns 1.5 us 3µs 2dt 1s", &[Timing; 5]),
            ("1 x", &[Integer, Identifier]),
            ("π θ_1 _a", &[Identifier; 3]),
            ("1 // 2\n/* 3\n*/ 4", &[Integer; 2]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(kinds(text), expected.iter().copied().map(Some).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn symbols_are_read_as_long_as_possible() {
        use Kind::{Arrow, Compound, DoublePlus, DoubleStar, Equals, Minus, Same, ShiftLeft, Star};
        assert_eq!(
            kinds("-> - ** * **= ++ << = == <<="),
            [Arrow, Minus, DoubleStar, Star, Compound, DoublePlus, ShiftLeft, Equals, Same, Compound]
                .map(Some)
        );
    }

    #[test]
    fn what_is_broken_is_passed_over() {
        for text in ["§", "1x", "\"open", "'open\n", "/* open", "€"] {
            let kinds = kinds(text);
            assert_eq!(kinds, [None], "{text}");
        }
    }
}
