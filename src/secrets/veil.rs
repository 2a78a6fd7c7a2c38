//! What keeps secrets out of what a driver says that was given some.
//!
//! The invariant: a text has the same length before and after, so that a message can be covered as it came, before
//! anybody reads it. This is for accidents: a driver that wants to tell a secret can write it in other ways.

use std::fmt;

use zeroize::Zeroizing;

use super::Secret;

/// What is shorter is no secret, and would be found in half of what is said.
const SHORTEST: usize = 8;
/// What stands where a secret stood, for each of its bytes.
const COVER: u8 = b'*';

/// Secrets that are not to be seen.
#[derive(Clone, Default)]
pub struct Veil(Vec<Zeroizing<Vec<u8>>>);

impl Veil {
    /// Over these secrets, as they are and as they are written in URLs and forms.
    pub fn over<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let plain = secret.reveal().as_bytes();
            let encoded = encoded(plain);
            if encoded.as_slice() != plain {
                forms.push(encoded);
            }
            forms.push(Zeroizing::new(plain.to_vec()));
        }
        forms.retain(|form| form.len() >= SHORTEST);
        // The longest first: one may hold another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// Covers them where they stand.
    pub fn cover(&self, bytes: &mut [u8]) {
        for form in &self.0 {
            let mut from = 0;
            while let Some(at) = memchr::memmem::find(&bytes[from..], form) {
                let end = from + at + form.len();
                bytes[from + at..end].fill(COVER);
                from = end;
            }
        }
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil(…)")
    }
}

/// Each byte that is not unreserved as `%XX` (RFC 3986, 2.3).
fn encoded(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    // Never moved while it grows: no copy is left behind.
    let mut text = Zeroizing::new(Vec::with_capacity(plain.len() * 3));
    for byte in plain {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(*byte);
        } else {
            text.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_secret_is_covered_and_nothing_moves() {
        let secrets =
            ["key/with+signs", "short", "key/with+signs-and-more"].map(str::to_owned).map(Secret::new);
        let veil = Veil::over(&secrets);
        let mut text = b"a key/with+signs b key%2Fwith%2Bsigns c key/with+signs-and-more d short".to_vec();
        let before = text.len();
        veil.cover(&mut text);
        assert_eq!(
            String::from_utf8_lossy(&text),
            "a ************** b ****************** c *********************** d short"
        );
        assert_eq!(text.len(), before);
        assert_eq!(format!("{veil:?}"), "Veil(…)");
    }
}
