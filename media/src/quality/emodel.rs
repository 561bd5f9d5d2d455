//! The E-model for G.711 (ITU-T G.107 with its default values, G.113 Appendix I).

use std::time::Duration;

/// Ro less Is: what is left of the rating before delay and loss, by the default values of G.107 table 2.
const RATING: f64 = 94.768_8 - 1.413_6;
/// Circuit noise referred to the 0 dBr point, all sources (G.107 §3.2), by the default values.
const NOISE: f64 = -61.179_2;
/// Send and receive loudness ratings, echo and sidetone losses: the defaults of G.107 table 2.
const SLR: f64 = 8.0;
const RLR: f64 = 2.0;
const TELR: f64 = 65.0;
const WEPL: f64 = 110.0;

/// What the receiver does about loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concealment {
    /// It plays silence.
    None,
    /// It conceals as G.711 Appendix I does.
    AppendixI,
}

impl Concealment {
    /// Packet-loss robustness, Bpl (G.113 table I.2).
    const fn robustness(self) -> f64 {
        match self {
            Self::None => 4.3,
            Self::AppendixI => 25.1,
        }
    }
}

/// The transmission rating R, 0 to 93.2, of G.711 with this share of packets lost at random, mouth to ear.
pub fn rating(loss: f64, delay: Duration, concealment: Concealment) -> f64 {
    let percent = loss.clamp(0.0, 1.0) * 100.0;
    let equipment = 95.0 * percent / (percent + concealment.robustness());
    (RATING - delay_impairment(delay.as_secs_f64() * 1000.0) - equipment).clamp(0.0, 100.0)
}

/// The mean opinion score of a rating, 1 to 4.5 (G.107 annex B).
pub fn mos(rating: f64) -> f64 {
    if rating <= 0.0 {
        return 1.0;
    }
    if rating >= 100.0 {
        return 4.5;
    }
    (1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6).max(1.0)
}

/// Id, with the echo path as long as the way there and back (G.107 §3.4).
fn delay_impairment(ms: f64) -> f64 {
    talker_echo(ms) + listener_echo(2.0 * ms) + absolute_delay(ms)
}

/// Idte.
fn talker_echo(ms: f64) -> f64 {
    let terv = TELR - 40.0 * ((1.0 + ms / 10.0) / (1.0 + ms / 150.0)).log10() + 6.0 * (-0.3 * ms * ms).exp();
    let roe = -1.5 * (NOISE - RLR);
    let re = 80.0 + 2.5 * (terv - 14.0);
    let half = (roe - re) / 2.0;
    (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-ms).exp())
}

/// Idle.
fn listener_echo(round_trip_ms: f64) -> f64 {
    let ro = 15.0 - 1.5 * (SLR + NOISE);
    let rle = 10.5 * (WEPL + 7.0) * (round_trip_ms + 1.0).powf(-0.25);
    let half = (ro - rle) / 2.0;
    half + (half * half + 169.0).sqrt()
}

/// Idd.
fn absolute_delay(ms: f64) -> f64 {
    if ms <= 100.0 {
        return 0.0;
    }
    let x = (ms / 100.0).log2();
    let root = |x: f64| (1.0 + x.powi(6)).powf(1.0 / 6.0);
    25.0 * (root(x) - 3.0 * root(x / 3.0) + 2.0)
}
