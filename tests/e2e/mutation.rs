//! Messages made wrong, the same way for the same seed.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// What a parser may stumble over, put in anywhere.
const TOKENS: [&[u8]; 40] = [
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\r\n ",
    b"\t",
    b" ",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"@",
    b"%",
    b"%00",
    b"%0d%0a",
    b"[",
    b"]",
    b"[::1]",
    b"(((((((((((((((((",
    b"\xff\xfe",
    b"\xc0\x80",
    b"SIP/2.0",
    b"SIP/7.0",
    b"-1",
    b"0",
    b"65536",
    b"4294967295",
    b"4294967296",
    b"18446744073709551616",
    b"99999999999999999999999",
    b";branch=z9hG4bK",
    b";rport=99999",
    b";maddr=255.255.255.255",
    b";tag=",
    b"Content-Length: 99999\r\n",
    b"Via: SIP/2.0/UDP 0.0.0.0:0\r\n",
];

/// The longest a message may grow to: what a datagram carries.
const LENGTH_MAX: usize = 60_000;

/// Makes messages wrong.
pub(crate) struct Mutation {
    random: ChaCha8Rng,
}

impl Mutation {
    /// The same mutations for the same seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// A number below `limit`, which is no zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random.next_u64() % limit.max(1) as u64).unwrap_or(0)
    }

    /// Changes `bytes` in one to six ways.
    pub(crate) fn apply(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        for _ in 0..=self.below(6) {
            self.once(bytes, others);
        }
        bytes.truncate(LENGTH_MAX);
    }

    fn once(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let length = 1 << self.below(8);
        let end = (at + self.below(length)).min(bytes.len());
        match self.below(12) {
            0 => self.change_byte(bytes, |byte, bit| byte ^ (1 << (bit % 8))),
            1 => self.change_byte(bytes, |_, any| any),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 | 5 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            6 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(at..end, token.iter().copied());
            }
            7 => {
                let copy = bytes[at..end].repeat(1 + self.below(20));
                bytes.splice(at..at, copy);
            }
            8 => self.with_lines(bytes, |lines, one, two| lines.swap(one, two)),
            9 => self.with_lines(bytes, |lines, one, two| lines.insert(two, lines[one].clone())),
            10 => self.with_lines(bytes, |lines, one, _| drop(lines.remove(one))),
            _ => {
                let other = &others[self.below(others.len())];
                let from = self.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }

    fn change_byte(&mut self, bytes: &mut [u8], change: fn(u8, u8) -> u8) {
        let at = self.below(bytes.len());
        let any = self.random.next_u32().to_le_bytes()[0];
        if let Some(byte) = bytes.get_mut(at) {
            *byte = change(*byte, any);
        }
    }

    fn with_lines(&mut self, bytes: &mut Vec<u8>, change: fn(&mut Vec<Vec<u8>>, usize, usize)) {
        let mut lines: Vec<Vec<u8>> =
            bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if !lines.is_empty() {
            let (one, two) = (self.below(lines.len()), self.below(lines.len()));
            change(&mut lines, one, two);
            *bytes = lines.concat();
        }
    }
}
