//! Buffers that come back: what is sent is written into one that was sent before.

/// Buffers kept for reuse.
const KEPT_MAX: usize = 256;
/// A buffer that grew beyond this is let go; so is one too small to be of use.
const CAPACITY_MAX: usize = 8 * 1024;
/// A fresh buffer holds most messages without growing.
const CAPACITY: usize = 1024;

/// Empty buffers ready for use.
#[derive(Default)]
pub(super) struct Pool(Vec<Vec<u8>>);

impl Pool {
    /// An empty buffer.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_else(|| Vec::with_capacity(CAPACITY))
    }

    /// A copy of `bytes`.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut buffer = self.take();
        buffer.extend_from_slice(bytes);
        buffer
    }

    /// Takes a buffer back.
    pub(super) fn give(&mut self, mut buffer: Vec<u8>) {
        if self.0.len() < KEPT_MAX && (CAPACITY / 2..=CAPACITY_MAX).contains(&buffer.capacity()) {
            buffer.clear();
            self.0.push(buffer);
        }
    }
}
