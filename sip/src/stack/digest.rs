//! Keyed digests in place of strings as table keys: 16 bytes each, and nobody without the key finds two alike.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// SipHash-1-3 with 128 bits of output over length-marked parts; equal parts give equal digests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// 64 of its bits.
    pub(super) fn word(self) -> u64 {
        self.1
    }
}

impl Hash for Digest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

/// A table from digests to slots.
pub(super) type Table = HashMap<Digest, u32, BuildHasherDefault<First>>;

/// A digest is already as random as a hash can be.
#[derive(Default)]
pub(super) struct First(u64);

impl Hasher for First {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

/// The secret of this stack.
#[derive(Clone, Copy)]
pub(super) struct Key(pub(super) u64, pub(super) u64);

impl Key {
    /// Begins a digest; `purpose` keeps tables apart.
    pub(super) fn digest(self, purpose: u8) -> Parts {
        Parts {
            v0: self.0 ^ 0x736f_6d65_7073_6575,
            v1: self.1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            v2: self.0 ^ 0x6c79_6765_6e65_7261,
            v3: self.1 ^ 0x7465_6462_7974_6573,
            total: u64::from(purpose),
        }
    }
}

/// A digest in the making.
#[derive(Clone, Copy)]
pub(super) struct Parts {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
    total: u64,
}

impl Parts {
    /// Adds a part as it is.
    pub(super) fn part(self, bytes: &[u8]) -> Self {
        self.chunks(bytes, |word| word)
    }

    /// Adds a part regardless of ASCII case.
    pub(super) fn token(self, bytes: &[u8]) -> Self {
        self.chunks(bytes, |word| {
            u64::from_le_bytes(word.to_le_bytes().map(|byte| byte.to_ascii_lowercase()))
        })
    }

    /// Adds a number.
    pub(super) fn number(mut self, number: u64) -> Self {
        self.word(number);
        self.total = self.total.wrapping_add(1);
        self
    }

    /// The digest.
    pub(super) fn finish(mut self) -> Digest {
        self.word(self.total);
        self.v2 ^= 0xee;
        self.round();
        self.round();
        self.round();
        let first = self.v0 ^ self.v1 ^ self.v2 ^ self.v3;
        self.v1 ^= 0xdd;
        self.round();
        self.round();
        self.round();
        Digest(first, self.v0 ^ self.v1 ^ self.v2 ^ self.v3)
    }

    fn chunks(mut self, bytes: &[u8], map: impl Fn(u64) -> u64) -> Self {
        let (whole, rest) = bytes.as_chunks::<8>();
        for chunk in whole {
            self.word(map(u64::from_le_bytes(*chunk)));
        }
        let tail = rest.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        // The length ends each part, so that parts cannot run into each other.
        self.word(map(tail) | (bytes.len() as u64 & 0xff) << 56);
        self.total = self.total.wrapping_add(0x1_0000 + bytes.len() as u64);
        self
    }

    fn word(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }

    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v2 = self.v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = Key(1, 2);
        let whole = key.digest(0).part(b"ab").part(b"c").finish();
        assert_ne!(whole, key.digest(0).part(b"a").part(b"bc").finish());
        assert_ne!(whole, key.digest(1).part(b"ab").part(b"c").finish());
        assert_ne!(whole, Key(1, 3).digest(0).part(b"ab").part(b"c").finish());
        assert_ne!(key.digest(0).part(b"a\0").finish(), key.digest(0).part(b"a").finish());
        assert_eq!(whole, key.digest(0).part(b"ab").part(b"c").finish());
    }

    #[test]
    fn tokens_are_equal_in_any_case() {
        let key = Key(1, 2);
        let mixed = key.digest(0).token(b"z9hG4bKabcDEF.Example").finish();
        assert_eq!(mixed, key.digest(0).token(b"Z9HG4BKABCDEF.eXAMPLE").finish());
        assert_ne!(key.digest(0).part(b"abc").finish(), key.digest(0).part(b"ABC").finish());
    }
}
