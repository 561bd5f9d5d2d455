//! A received stream as it is heard: jitter buffer, decoding and concealment in one.

#[cfg(test)]
mod tests;

use std::time::Instant;

use super::Header;
use super::jitter_buffer::{Config, Counters, JitterBuffer, Kept, Run};
use crate::Law;
use crate::conceal::Concealer;

/// Octets decoded at a time.
const PIECE: usize = 160;

/// The play-out of one G.711 stream into frames of linear samples of any length.
#[derive(Debug)]
pub struct Playout {
    law: Law,
    buffer: JitterBuffer,
    concealer: Concealer,
}

impl Playout {
    /// A play-out for octets of this law.
    pub fn new(law: Law, config: Config) -> Self {
        Self { law, buffer: JitterBuffer::new(law, config), concealer: Concealer::default() }
    }

    /// Takes the voice of one packet.
    pub fn put(&mut self, header: Header, voice: &[u8], now: Instant) -> Kept {
        self.buffer.put(header, voice, now)
    }

    /// Fills a frame that is due now; how many of its samples are voice that came.
    pub fn frame(&mut self, pcm: &mut [i16], now: Instant) -> usize {
        self.buffer.tick(now);
        let mut octets = [0; PIECE];
        let mut voice = 0;
        let mut rest = pcm;
        while !rest.is_empty() {
            let room = rest.len().min(PIECE);
            let (length, run) = self.buffer.pull(octets.get_mut(..room).unwrap_or_default());
            let Some((piece, after)) = rest.split_at_mut_checked(length.max(1)) else { break };
            match run {
                Run::Voice => {
                    voice += self.play(&octets, piece);
                }
                Run::VoiceAfterCut => {
                    self.concealer.cut();
                    voice += self.play(&octets, piece);
                }
                Run::Lost | Run::Silence => self.concealer.lost(piece),
            }
            rest = after;
        }
        voice
    }

    fn play(&mut self, octets: &[u8], piece: &mut [i16]) -> usize {
        self.law.decode_into(octets, piece);
        self.concealer.voice(piece);
        piece.len()
    }

    /// The buffer, for its delay.
    pub const fn buffer(&self) -> &JitterBuffer {
        &self.buffer
    }

    /// What has happened in the buffer.
    pub const fn counters(&self) -> Counters {
        self.buffer.counters()
    }
}
