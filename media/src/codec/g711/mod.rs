//! ITU-T G.711: A-law and mu-law octets to and from linear PCM, and from one law to the other.

mod tables;
#[cfg(test)]
mod tests;

use tables::{A_DECODE, A_ENCODE, A_TO_MU, MU_DECODE, MU_ENCODE, MU_TO_A};

/// One of the two companding laws of G.711.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Law {
    /// A-law: E1 and most of the world.
    A,
    /// Mu-law: T1 and J1.
    Mu,
}

impl Law {
    /// Both laws.
    pub const ALL: [Self; 2] = [Self::A, Self::Mu];

    /// The octet of a silent line: the code of the smallest positive sample.
    pub const fn silence(self) -> u8 {
        match self {
            Self::A => 0xD5,
            Self::Mu => 0xFF,
        }
    }

    /// The linear value of one octet, 16 bits, left-justified as in G.191.
    #[inline]
    pub fn decode(self, octet: u8) -> i16 {
        let table = match self {
            Self::A => &A_DECODE,
            Self::Mu => &MU_DECODE,
        };
        at(table, octet)
    }

    /// The octet of one linear sample, by the decision values of G.711 tables 1 and 2.
    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "the sign bit is what is wanted")]
    pub fn encode(self, sample: i16) -> u8 {
        // G.191 folds negatives by one's complement, so that -1 falls beside 0 and not on it.
        let magnitude = sample ^ (sample >> 15);
        let sign = (sample >> 8) as u8 & 0x80;
        let positive = match self {
            Self::A => A_ENCODE.get(usize::from(magnitude.unsigned_abs() >> 4)),
            Self::Mu => MU_ENCODE.get(usize::from(magnitude.unsigned_abs() >> 2)),
        };
        positive.copied().unwrap_or(self.silence()) ^ sign
    }

    /// Decodes as many octets as both slices hold.
    pub fn decode_into(self, octets: &[u8], pcm: &mut [i16]) {
        let table = match self {
            Self::A => &A_DECODE,
            Self::Mu => &MU_DECODE,
        };
        for (sample, octet) in pcm.iter_mut().zip(octets) {
            *sample = at(table, *octet);
        }
    }

    /// Encodes as many samples as both slices hold.
    pub fn encode_into(self, pcm: &[i16], octets: &mut [u8]) {
        for (octet, sample) in octets.iter_mut().zip(pcm) {
            *octet = self.encode(*sample);
        }
    }

    /// Rewrites octets of this law as octets of `to`, in place.
    pub fn transcode(self, to: Self, octets: &mut [u8]) {
        let table = match (self, to) {
            (Self::A, Self::Mu) => &A_TO_MU,
            (Self::Mu, Self::A) => &MU_TO_A,
            (Self::A, Self::A) | (Self::Mu, Self::Mu) => return,
        };
        for octet in octets {
            *octet = at(table, *octet);
        }
    }

    /// The level in dBm0 of a sine wave that just reaches full scale (G.711 §4).
    #[expect(clippy::approx_constant, reason = "3.14 dBm0, not pi")]
    pub const fn overload_dbm0(self) -> f64 {
        match self {
            Self::A => 3.14,
            Self::Mu => 3.17,
        }
    }

    /// The linear value of the law's overload point: 4096 of 13 bits, or 8159 of 14 bits, left-justified.
    const fn overload(self) -> f64 {
        match self {
            Self::A => 4096.0 * 8.0,
            Self::Mu => 8159.0 * 4.0,
        }
    }

    /// The peak of a sine wave of this level, in linear units.
    pub fn peak_of_sine(self, level_dbm0: f64) -> f64 {
        self.overload() * 10f64.powf((level_dbm0 - self.overload_dbm0()) / 20.0)
    }

    /// The level in dBm0 of a signal of this mean square, in linear units squared.
    pub fn level_dbm0(self, mean_square: f64) -> f64 {
        let full_scale_sine = self.overload() * self.overload() / 2.0;
        self.overload_dbm0() + 10.0 * (mean_square / full_scale_sine).log10()
    }
}

/// An octet always has its entry.
#[inline]
#[expect(clippy::indexing_slicing, reason = "256 entries, indexed by an octet")]
fn at<T: Copy>(table: &[T; 256], octet: u8) -> T {
    table[usize::from(octet)]
}
