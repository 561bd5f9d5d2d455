//! What a tone is: sounds and silences in turn, some once, the rest for ever.

/// What is heard at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sound {
    /// Nothing.
    Silence,
    /// One frequency, in hertz.
    One(f32),
    /// Two frequencies at once, equally loud.
    Sum(f32, f32),
    /// The first frequency, its amplitude modulated by the second, wholly.
    Modulated(f32, f32),
}

/// One sound for some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// What is heard.
    pub sound: Sound,
    /// How long, in milliseconds; `None` is for ever.
    pub ms: Option<u16>,
    /// Only the first time round.
    pub once: bool,
    /// At the lower level.
    pub soft: bool,
}

/// The segments of a tone, in turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cadence(pub &'static [Segment]);

/// How much lower the lower level is, in dB (Australia's congestion tone, AS/CA S002).
pub const SOFTER_DB: f64 = 10.0;

const fn segment(sound: Sound, ms: u16) -> Segment {
    Segment { sound, ms: Some(ms), once: false, soft: false }
}

/// One frequency for so many milliseconds.
pub(super) const fn one(hertz: u16, ms: u16) -> Segment {
    segment(Sound::One(hertz as f32), ms)
}

/// Two frequencies for so many milliseconds.
pub(super) const fn sum(hertz: (u16, u16), ms: u16) -> Segment {
    segment(Sound::Sum(hertz.0 as f32, hertz.1 as f32), ms)
}

/// A modulated frequency for so many milliseconds.
pub(super) const fn modulated(hertz: (u16, u16), ms: u16) -> Segment {
    segment(Sound::Modulated(hertz.0 as f32, hertz.1 as f32), ms)
}

/// So many milliseconds of nothing.
pub(super) const fn off(ms: u16) -> Segment {
    segment(Sound::Silence, ms)
}

/// Nothing more, ever.
pub(super) const END: Segment = Segment { sound: Sound::Silence, ms: None, once: false, soft: false };

impl Segment {
    /// Without end.
    pub(super) const fn steady(self) -> Self {
        Self { ms: None, ..self }
    }

    /// Only the first time round.
    pub(super) const fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// At the lower level.
    pub(super) const fn soft(self) -> Self {
        Self { soft: true, ..self }
    }
}
