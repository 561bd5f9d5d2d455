//! What the far end can say into a channel, prepared as octets before any call.

use std::sync::Arc;

use media::{Law, OCTETS_PER_MILLISECOND};

/// The longest sound, in milliseconds: ten minutes.
pub(crate) const SOUND_MS_MAX: usize = 600_000;

/// What the far end says now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Saying {
    /// The octet of a silent line.
    #[default]
    Silence,
    /// What it hears, one exchange of octets and this many milliseconds later, octet for octet.
    Echo {
        /// On top of the one exchange; at most [`super::bearer::ECHO_MS_MAX`].
        delay_ms: u16,
    },
    /// A prepared sound.
    Play(Arc<Sound>),
}

/// Octets of G.711 to be played from the beginning, and where to go back to at the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Sound {
    octets: Box<[u8]>,
    /// The rest from here repeats for ever; without it, silence follows.
    again_from: Option<usize>,
}

impl Sound {
    /// Linear samples at 8 kHz, played once.
    pub fn once(pcm: &[i16], law: Law) -> Self {
        Self { octets: encode(pcm, law), again_from: None }
    }

    /// Linear samples at 8 kHz, played again and again.
    pub fn again(pcm: &[i16], law: Law) -> Self {
        Self { octets: encode(pcm, law), again_from: Some(0) }
    }

    /// Linear samples at 8 kHz: so many once, the rest again and again.
    pub(crate) fn then_again(pcm: &[i16], once: usize, law: Law) -> Self {
        Self { octets: encode(pcm, law), again_from: (once < pcm.len()).then_some(once) }
    }

    /// Octets as they are, again and again.
    pub(crate) fn octets_again(octets: &[u8]) -> Self {
        Self { octets: octets.into(), again_from: Some(0) }
    }

    /// Its length before anything repeats, in milliseconds.
    pub fn milliseconds(&self) -> usize {
        self.octets.len() / OCTETS_PER_MILLISECOND
    }

    /// Fills `into` from position `at` and says where to go on; silence where the sound is over.
    pub(crate) fn fill(&self, mut at: usize, into: &mut [u8], law: Law) -> usize {
        let mut rest = into;
        while !rest.is_empty() {
            let available = self.octets.get(at..).unwrap_or_default();
            if available.is_empty() {
                match self.again_from {
                    Some(from) if from < self.octets.len() => at = from,
                    Some(_) | None => {
                        rest.fill(law.silence());
                        return at;
                    }
                }
                continue;
            }
            let count = available.len().min(rest.len());
            for (octet, &from) in rest.iter_mut().zip(available) {
                *octet = from;
            }
            at += count;
            rest = rest.get_mut(count..).unwrap_or_default();
        }
        at
    }
}

fn encode(pcm: &[i16], law: Law) -> Box<[u8]> {
    pcm.iter().take(SOUND_MS_MAX * OCTETS_PER_MILLISECOND).map(|&sample| law.encode(sample)).collect()
}
