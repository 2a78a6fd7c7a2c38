//! Tokens and where they stand.

/// A range of bytes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A token; its text is the source at its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is. Keywords are identifiers: the parser knows which words mean something where,
/// and in which version of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identifier,
    /// Decimal, or with one of the prefixes 0x, 0o, 0b.
    Integer,
    Float,
    /// A number with `im`.
    Imaginary,
    /// A number with a unit of time.
    Timing,
    /// Anything in quotes: a path or a bit string.
    Quoted,
    /// `$0`
    HardwareQubit,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Colon,
    Semicolon,
    Dot,
    Comma,
    Equals,
    Arrow,
    Plus,
    DoublePlus,
    Minus,
    Star,
    DoubleStar,
    Slash,
    Percent,
    At,
    Hash,
    Tilde,
    Bang,
    Pipe,
    DoublePipe,
    Ampersand,
    DoubleAmpersand,
    Caret,
    ShiftLeft,
    ShiftRight,
    Same,
    Different,
    Less,
    Greater,
    LessOrSame,
    GreaterOrSame,
    /// `+=` and its like.
    Compound,
    /// The end of the source.
    End,
}

impl Span {
    pub(super) fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}
