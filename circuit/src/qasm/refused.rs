//! The statements and types of OpenQASM that are recognised, but not supported.
//!
//! The list is what keeps `unknown gate` away from programs that are right: whatever begins with
//! one of these words is a statement of the language.

/// What a word at the beginning of a statement would mean, if it is not supported.
pub(super) fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        "gate" => "gate definitions",
        "def" => "subroutines",
        "extern" => "external functions",
        "opaque" => "opaque gates",
        "cal" | "defcal" | "defcalgrammar" => "calibrations",
        "if" | "else" => "`if` statements",
        "for" => "`for` loops",
        "while" => "`while` loops",
        "switch" | "case" | "default" => "`switch` statements",
        "break" | "continue" | "end" | "return" => "jumps",
        "box" => "boxes",
        "delay" => "delays",
        "nop" => "`nop` statements",
        "let" => "aliases",
        "const" => "constants of one's own",
        "input" | "output" => "inputs and outputs",
        "ctrl" | "negctrl" | "inv" | "pow" => "gate modifiers",
        "durationof" => "`durationof` expressions",
        "readonly" | "mutable" => "array references",
        _ if is_classical_type(word) => "classical variables",
        _ => return None,
    })
}

/// Whether the statement may hold text that is no OpenQASM.
pub(super) fn holds_foreign_text(word: &str) -> bool {
    matches!(word, "cal" | "defcal")
}

/// Whether a word names a type of classical variables, other than `bit`.
pub(super) fn is_classical_type(word: &str) -> bool {
    matches!(
        word,
        "bool" | "int" | "uint" | "float" | "angle" | "complex" | "array" | "duration" | "stretch" | "void"
    )
}

/// Whether a word can be no name.
pub(super) fn is_reserved(word: &str) -> bool {
    meaning(word).is_some()
        || matches!(
            word,
            "OPENQASM"
                | "include"
                | "pragma"
                | "qubit"
                | "qreg"
                | "bit"
                | "creg"
                | "measure"
                | "reset"
                | "barrier"
                | "gphase"
                | "in"
                | "true"
                | "false"
                | "im"
        )
}
