//! Octets by their timestamp: a ring of half a second that knows which of them are there.

#![expect(clippy::indexing_slicing, reason = "every index is masked or computed from the ring's size")]

/// Octets held: 512 ms of G.711, a power of two.
pub(super) const CAPACITY: u32 = 4096;
const SIZE: usize = CAPACITY as usize;
const WORDS: usize = SIZE / 64;

#[derive(Debug)]
pub(super) struct Ring {
    octets: Box<[u8; SIZE]>,
    present: [u64; WORDS],
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { octets: Box::new([0; SIZE]), present: [0; WORDS] }
    }

    pub(super) const fn clear(&mut self) {
        self.present = [0; WORDS];
    }

    /// Keeps octets from `timestamp` on; how many of them were not there before. At most `CAPACITY`.
    pub(super) fn put(&mut self, timestamp: u32, octets: &[u8]) -> u32 {
        let fresh = self.mark(timestamp, octets.len(), true);
        if fresh > 0 {
            let at = place(timestamp);
            let first = octets.len().min(SIZE - at);
            self.octets[at..at + first].copy_from_slice(&octets[..first]);
            self.octets[..octets.len() - first].copy_from_slice(&octets[first..]);
        }
        fresh
    }

    /// Copies octets out, present or not.
    pub(super) fn copy(&self, timestamp: u32, out: &mut [u8]) {
        let at = place(timestamp);
        let first = out.len().min(SIZE - at);
        let rest = out.len() - first;
        out[..first].copy_from_slice(&self.octets[at..at + first]);
        out[first..].copy_from_slice(&self.octets[..rest]);
    }

    /// Forgets `count` octets from `timestamp` on.
    pub(super) fn forget(&mut self, timestamp: u32, count: u32) {
        if count >= CAPACITY {
            self.clear();
        } else {
            self.mark(timestamp, count as usize, false);
        }
    }

    /// Marks a range; how many octets changed.
    fn mark(&mut self, timestamp: u32, count: usize, present: bool) -> u32 {
        let (mut at, mut left, mut changed) = (place(timestamp), count, 0);
        while left > 0 {
            let bit = at % 64;
            let some = left.min(64 - bit);
            let mask = (u64::MAX >> (64 - some)) << bit;
            let word = &mut self.present[at / 64];
            let before = *word;
            *word = if present { before | mask } else { before & !mask };
            changed += (before ^ *word).count_ones();
            at = (at + some) % SIZE;
            left -= some;
        }
        changed
    }

    /// Whether the octet at `timestamp` is there, and for how many octets on, up to `limit`, that stays so.
    pub(super) fn run(&self, timestamp: u32, limit: usize) -> (bool, usize) {
        let mut at = place(timestamp);
        let present = self.present[at / 64] >> (at % 64) & 1 == 1;
        let limit = limit.min(SIZE);
        let mut length = 0;
        while length < limit {
            let bit = at % 64;
            let word = self.present[at / 64] >> bit;
            let same = if present { word.trailing_ones() } else { word.trailing_zeros() };
            let same = (same as usize).min(64 - bit);
            length += same;
            at = (at + same) % SIZE;
            if bit + same < 64 {
                break;
            }
        }
        (present, length.min(limit))
    }
}

const fn place(timestamp: u32) -> usize {
    (timestamp % CAPACITY) as usize
}
