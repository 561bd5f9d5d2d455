//! The identifiers we mint: unguessable, marked with the shard that owns them, written without formatting.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use super::digest::{Digest, Key};
use crate::message::MAGIC_COOKIE;

/// Letters that survive any case-insensitive comparison; five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of chance in a tag, a branch and a Contact user: 80 bits.
const LETTERS: usize = 16;
/// Letters of chance in a Call-ID: 120 bits.
const CALL_ID_LETTERS: usize = 24;

/// A short identifier kept inline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    bytes: [u8; 2 + CALL_ID_LETTERS],
    length: u8,
}

impl Token {
    /// Its letters.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// The source of all chance in a stack.
pub(super) struct Mint {
    random: ChaCha12Rng,
    shard: [u8; 2],
}

impl Mint {
    /// Everything minted follows from `seed`.
    pub(super) fn new(seed: [u8; 32], shard: u16) -> Self {
        let shard = [letter(u64::from(shard) >> 5), letter(u64::from(shard))];
        Self { random: ChaCha12Rng::from_seed(seed), shard }
    }

    /// Whether a branch looks like one of this shard's.
    pub(super) fn may_have_minted(&self, branch: &[u8]) -> bool {
        branch.len() == MAGIC_COOKIE.len() + self.shard.len() + LETTERS
            && branch.get(MAGIC_COOKIE.len()..).is_some_and(|rest| rest.starts_with(&self.shard))
    }

    /// A secret for digests.
    pub(super) fn key(&mut self) -> Key {
        Key(self.random.next_u64(), self.random.next_u64())
    }

    /// A branch, its cookie in front (RFC 3261 §8.1.1.7).
    pub(super) fn branch(&mut self) -> Token {
        let chance = self.token();
        let mut token = Token { bytes: [0; 2 + CALL_ID_LETTERS], length: 0 };
        fill(&mut token, MAGIC_COOKIE.iter().chain(chance.as_bytes()).copied());
        token
    }

    /// A tag, or the user of a Contact.
    pub(super) fn token(&mut self) -> Token {
        self.letters(LETTERS)
    }

    /// A Call-ID.
    pub(super) fn call_id(&mut self) -> Token {
        self.letters(CALL_ID_LETTERS)
    }

    /// A number below `end`, for Retry-After and the like; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        u32::try_from((u64::from(self.random.next_u32()) * u64::from(end)) >> 32).unwrap_or(0)
    }

    /// The tag that the same request always gets when nothing is remembered of it.
    pub(super) fn stateless(&self, digest: Digest) -> Token {
        let mut token = Token { bytes: [0; 2 + CALL_ID_LETTERS], length: 0 };
        let word = digest.word();
        let letters = (0..12).map(|n| letter(word >> (5 * n)));
        fill(&mut token, self.shard.iter().copied().chain(letters));
        token
    }

    fn letters(&mut self, count: usize) -> Token {
        let mut token = Token { bytes: [0; 2 + CALL_ID_LETTERS], length: 0 };
        let mut word = 0u64;
        let random = &mut self.random;
        let letters = (0..count).map(|n| {
            if n % 12 == 0 {
                word = random.next_u64();
            } else {
                word >>= 5;
            }
            letter(word)
        });
        fill(&mut token, self.shard.iter().copied().chain(letters));
        token
    }
}

fn fill(token: &mut Token, letters: impl Iterator<Item = u8>) {
    for (place, letter) in token.bytes.iter_mut().zip(letters) {
        *place = letter;
        token.length += 1;
    }
}

fn letter(bits: u64) -> u8 {
    ALPHABET.get((bits & 31) as usize).copied().unwrap_or(b'a')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_carry_their_shard_and_differ() {
        let mut mint = Mint::new([7; 32], 37);
        let first = mint.token();
        let second = mint.token();
        assert_eq!(first.as_bytes().len(), 18);
        assert_eq!(&first.as_bytes()[..2], b"bf");
        assert_ne!(first, second);
        assert_eq!(mint.call_id().as_bytes().len(), 26);
        assert_eq!(Mint::new([7; 32], 37).token(), first, "the seed decides");
        assert_ne!(Mint::new([8; 32], 37).token(), first);
    }
}
