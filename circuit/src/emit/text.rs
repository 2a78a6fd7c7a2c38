//! Small pieces of text that all forms share.

use crate::program::Pauli;

pub(super) fn pauli(pauli: Pauli) -> &'static str {
    match pauli {
        Pauli::X => "X",
        Pauli::Y => "Y",
        Pauli::Z => "Z",
    }
}

/// `[0,1,2]`
pub(super) fn list(numbers: &[u32]) -> String {
    let mut out = String::from("[");
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_number(&mut out, *number);
    }
    out.push(']');
    out
}

/// Writes a number's digits.
pub(super) fn push_number(out: &mut String, number: u32) {
    let mut digits = [0_u8; 10];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits[start..].iter().map(|&digit| char::from(digit)));
}

/// Writes a double so that it reads back the same.
pub(super) fn push_double(out: &mut String, value: f64) {
    crate::json::push_double(out, value);
}
