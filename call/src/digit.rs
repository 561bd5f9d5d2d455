//! One dialled digit, as a keypad has it: 0–9, *, #, A–D.

use core::fmt;

/// A DTMF digit; its RFC 4733 §3.2 event code is 0–15 in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digit(u8);

const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Digit {
    /// Every digit, in the order of their event codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    /// From the character on the key; lower-case a–d are taken too.
    pub fn from_char(key: char) -> Option<Self> {
        let key = u8::try_from(key.to_ascii_uppercase()).ok()?;
        let at = KEYS.iter().position(|&k| k == key)?;
        u8::try_from(at).ok().map(Self)
    }

    /// From an event code of RFC 4733 §3.2 (0–15).
    pub const fn from_event(code: u8) -> Option<Self> {
        if code < 16 { Some(Self(code)) } else { None }
    }

    /// The event code of RFC 4733 §3.2, 0–15.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// The character on the key.
    pub fn as_char(self) -> char {
        KEYS.get(usize::from(self.0)).copied().map_or('?', char::from)
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_rfc_4733_event_code() {
        let keys: String = Digit::all().map(Digit::as_char).collect();
        assert_eq!(keys, "0123456789*#ABCD");
        for digit in Digit::all() {
            assert_eq!(Digit::from_char(digit.as_char()), Some(digit));
            assert_eq!(Digit::from_event(digit.event()), Some(digit));
        }
        assert_eq!(Digit::from_char('d'), Digit::from_char('D'));
        assert_eq!(Digit::from_char('E'), None);
        assert_eq!(Digit::from_event(16), None);
    }
}
