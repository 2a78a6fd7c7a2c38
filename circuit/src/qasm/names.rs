//! Names as small numbers, and which of them the language keeps for itself.
//!
//! A name is hashed once, when it is read; everything after that is an index.

use std::collections::HashMap;

use crate::text::nearest;

/// A name of the program; keywords come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Symbol(pub(super) u32);

/// Writes the keywords' enum and their texts from one table, so that they cannot disagree.
macro_rules! keywords {
    ($($case:ident $text:literal)+) => {
        /// A word of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Keyword {
            $($case,)+
        }

        const KEYWORDS: &[(Keyword, &str)] = &[$((Keyword::$case, $text),)+];
    };
}

keywords! {
    OpenQasm "OPENQASM" Include "include" Gate "gate" Opaque "opaque" If "if" Barrier "barrier"
    Measure "measure" Reset "reset" Qreg "qreg" Creg "creg"
    Qubit "qubit" Bit "bit" Bool "bool" Int "int" Uint "uint" Float "float" Angle "angle"
    Complex "complex" Array "array" Duration "duration" Stretch "stretch" Void "void"
    Const "const" Input "input" Output "output" Readonly "readonly" Mutable "mutable" Let "let"
    Def "def" Extern "extern" Return "return" Cal "cal" Defcal "defcal" DefcalGrammar "defcalgrammar"
    Else "else" For "for" In "in" While "while" Switch "switch" Case "case" Default "default"
    Break "break" Continue "continue" End "end" Box "box" Delay "delay" Nop "nop"
    Ctrl "ctrl" NegCtrl "negctrl" Inv "inv" Pow "pow" GPhase "gphase" DurationOf "durationof"
    True "true" False "false" Im "im" Pragma "pragma"
}

/// How many of the keywords, from the first, OpenQASM 2 has.
const OLD_KEYWORDS: u32 = 10;

/// The names of a program.
#[derive(Debug)]
pub(super) struct Names<'s> {
    known: HashMap<&'s str, Symbol>,
    texts: Vec<&'s str>,
    /// Names seen lately, by a cheap hash: most names are one of a few.
    recent: [Symbol; RECENT],
}

/// How many names are remembered; a power of two.
const RECENT: usize = 128;

impl Keyword {
    pub(super) fn text(self) -> &'static str {
        KEYWORDS[self as usize].1
    }

    /// Whether it begins a type of classical values.
    pub(super) fn is_classical_type(self) -> bool {
        use Keyword::{Angle, Array, Bit, Bool, Complex, Duration, Float, Int, Stretch, Uint};
        matches!(self, Bit | Bool | Int | Uint | Float | Angle | Complex | Array | Duration | Stretch)
    }
}

impl<'s> Names<'s> {
    pub(super) fn new() -> Self {
        let mut names = Self { known: HashMap::new(), texts: Vec::new(), recent: [Symbol(0); RECENT] };
        for (_, text) in KEYWORDS {
            names.intern(text);
        }
        names
    }

    /// The number of a name.
    pub(super) fn intern(&mut self, text: &'s str) -> Symbol {
        let bytes = text.as_bytes();
        let ends =
            bytes.first().zip(bytes.last()).map_or(0, |(&a, &b)| usize::from(a) * 5 + usize::from(b) * 3);
        let place = (ends + bytes.len()) % RECENT;
        let recent = self.recent[place];
        if self.texts.get(recent.0 as usize).is_some_and(|known| *known == text) {
            return recent;
        }
        let symbol = self.known.get(text).copied().unwrap_or_else(|| {
            let symbol = Symbol(self.texts.len() as u32);
            self.known.insert(text, symbol);
            self.texts.push(text);
            symbol
        });
        self.recent[place] = symbol;
        symbol
    }

    pub(super) fn text(&self, symbol: Symbol) -> &'s str {
        self.texts.get(symbol.0 as usize).copied().unwrap_or_default()
    }

    /// The keyword that a name is; OpenQASM 2 has only a few.
    pub(super) fn keyword(symbol: Symbol, old: bool) -> Option<Keyword> {
        if old && symbol.0 >= OLD_KEYWORDS {
            return None;
        }
        KEYWORDS.get(symbol.0 as usize).map(|&(keyword, _)| keyword)
    }

    /// Whether a text is a keyword.
    pub(super) fn is_keyword(text: &str, old: bool) -> bool {
        let known = if old { &KEYWORDS[..OLD_KEYWORDS as usize] } else { KEYWORDS };
        known.iter().any(|&(_, keyword)| keyword == text)
    }

    /// The keyword that a word at the beginning of a statement was probably meant to be.
    pub(super) fn guess(word: &str) -> Option<&'static str> {
        nearest(word, KEYWORDS.iter().map(|&(_, text)| text).filter(|text| text.len() > 3))
    }
}
