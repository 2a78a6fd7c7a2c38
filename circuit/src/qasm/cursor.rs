//! One token of look-ahead over the lexer, and the ways to get over what is not understood.

use super::fault::Fault;
use super::lexer::Lexer;
use super::token::{Kind, Span, Token};
use crate::text::quote;

/// The parser's place in the source.
pub(super) struct Cursor<'s> {
    lexer: Lexer<'s>,
    /// The token to be read next, or why there is none.
    ahead: Result<Token, Option<Fault>>,
    /// The last token read.
    behind: Span,
    count: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        let mut lexer = Lexer::new(text);
        let ahead = lexer.next().map_err(Some);
        Self { lexer, ahead, behind: Span::default(), count: 0 }
    }

    /// The next token. A broken token gives its fault once, and a consequence from then on.
    pub(super) fn peek(&mut self) -> Result<Token, Fault> {
        match &mut self.ahead {
            Ok(token) => Ok(*token),
            Err(fault) => Err(fault.take().unwrap_or_else(Fault::consequence)),
        }
    }

    /// The next token, leaving a fault where it is.
    pub(super) fn peek_quietly(&self) -> Result<Token, ()> {
        self.ahead.as_ref().map(|token| *token).map_err(drop)
    }

    /// The kind of the next token.
    pub(super) fn kind(&mut self) -> Result<Kind, Fault> {
        self.peek().map(|token| token.kind)
    }

    /// Goes on by one token.
    pub(super) fn advance(&mut self) {
        if let Ok(token) = self.ahead {
            self.behind = token.span;
        }
        self.count += 1;
        self.ahead = self.lexer.next().map_err(Some);
    }

    /// Reads the next token if it is of this kind.
    pub(super) fn eat(&mut self, kind: Kind) -> Result<bool, Fault> {
        let found = self.kind()? == kind;
        if found {
            self.advance();
        }
        Ok(found)
    }

    /// Reads a token of this kind, which is what the sentence would go on with.
    pub(super) fn expect(&mut self, kind: Kind, what: &str) -> Result<Token, Fault> {
        let token = self.peek()?;
        if token.kind != kind {
            return Err(self.unexpected(token, what));
        }
        self.advance();
        Ok(token)
    }

    /// A fault at a token that should have been something else.
    pub(super) fn unexpected(&self, token: Token, what: &str) -> Fault {
        let found = match token.kind {
            Kind::End => "the end of the program".into(),
            _ => quote(self.slice(token.span)),
        };
        Fault::invalid(token.span, format!("expected {what}, found {found}"))
    }

    pub(super) fn slice(&self, span: Span) -> &'s str {
        self.lexer.slice(span)
    }

    /// Where the last token ended.
    pub(super) fn behind(&self) -> Span {
        Span { start: self.behind.end, end: self.behind.end }
    }

    /// How many tokens were read.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether a line ends between the last token and the next.
    pub(super) fn at_new_line(&mut self) -> bool {
        let end = match &self.ahead {
            Ok(token) => token.span.start,
            Err(_) => return false,
        };
        self.slice(Span { start: self.behind.end, end }).contains('\n')
    }

    /// Goes on behind the end of the line that the next token begins on.
    pub(super) fn skip_line(&mut self) {
        // The lexer stands directly behind the token ahead.
        self.lexer.skip_line();
        self.advance();
    }

    /// Goes on behind a block whose text is in another language.
    pub(super) fn skip_foreign(&mut self) {
        self.lexer.skip_block();
        self.advance();
    }

    /// Goes on behind the present statement: its semicolon, or the end of its block, but not behind
    /// a brace that closes a block around it. Returns the first of the names, outside of all
    /// brackets, that `declares` takes: the one that a broken declaration declares.
    pub(super) fn skip_statement(&mut self, declares: impl Fn(&str) -> bool) -> Option<&'s str> {
        let mut declared = None;
        let (mut braces, mut brackets) = (0_usize, 0_usize);
        // The braces of a set, as in `for int i in {1, 2}`, do not end a statement.
        let mut set = false;
        loop {
            let token = match &self.ahead {
                Ok(token) if token.kind == Kind::End => return declared,
                Ok(token) => *token,
                Err(_) => {
                    self.advance();
                    continue;
                }
            };
            if token.kind == Kind::RightBrace && braces == 0 {
                return declared;
            }
            let (last, text) = (self.slice(self.behind), self.slice(token.span));
            self.advance();
            match token.kind {
                Kind::LeftBrace => {
                    set |= braces == 0 && matches!(last, "in" | "=" | "[" | "(" | ",");
                    braces += 1;
                }
                Kind::RightBrace => {
                    braces -= 1;
                    if braces == 0 && !std::mem::take(&mut set) && !self.is_ahead("else") {
                        return declared;
                    }
                }
                Kind::Semicolon if braces == 0 && !self.is_ahead("else") => return declared,
                Kind::LeftBracket | Kind::LeftParen => brackets += 1,
                Kind::RightBracket | Kind::RightParen => brackets = brackets.saturating_sub(1),
                Kind::Identifier if braces == 0 && brackets == 0 && declared.is_none() => {
                    declared = declares(text).then_some(text);
                }
                _ => {}
            }
        }
    }

    /// Whether the next token is this word.
    pub(super) fn is_ahead(&self, word: &str) -> bool {
        matches!(self.ahead, Ok(token) if self.slice(token.span) == word)
    }
}
