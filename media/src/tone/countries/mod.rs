//! The tones of each country (ITU-T E.180 Supplement 2), and how loud they and its digits are.

mod americas;
mod asia_pacific;
mod europe;

use super::Kind;
use super::cadence::Cadence;

/// The tones of one country.
#[derive(Debug)]
pub(super) struct Tones {
    dial: Cadence,
    busy: Cadence,
    ringback: Cadence,
    congestion: Cadence,
    call_waiting: Cadence,
    information: Cadence,
    levels: Levels,
    digit_high_dbm0: f64,
    digit_low_dbm0: f64,
}

/// How loud tones are, all their frequencies together, in dBm0.
#[derive(Debug)]
struct Levels {
    dial: f64,
    ringback: f64,
    other: f64,
}

impl Levels {
    /// ITU-T E.180 §5: -10 dBm0, with 5 dB either way.
    const E_180: Self = Self { dial: -10.0, ringback: -10.0, other: -10.0 };
    /// The precise tone plan (Telcordia GR-506): -13, -19 and -24 dBm for each of two frequencies.
    const NORTH_AMERICA: Self = Self { dial: -10.0, ringback: -16.0, other: -21.0 };
}

/// A country, or a region that shares its tones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Country {
    /// United States / North America.
    Us,
    /// Australia.
    Au,
    /// France.
    Fr,
    /// Netherlands.
    Nl,
    /// United Kingdom.
    Uk,
    /// Spain.
    Es,
    /// Japan.
    Jp,
    /// New Zealand.
    Nz,
    /// Italy.
    It,
    /// Taiwan.
    Tw,
    /// Sweden.
    Se,
    /// Singapore.
    Sg,
    /// Brazil.
    Br,
    /// Poland.
    Pl,
    /// South Africa.
    Za,
    /// Mexico.
    Mx,
    /// India.
    In,
    /// Germany.
    De,
    /// Switzerland.
    Ch,
    /// China.
    Cn,
    /// Russian Federation.
    Ru,
}

impl Country {
    /// Every country, in the order of the table.
    pub const ALL: [Self; 21] = [
        Self::Us,
        Self::Au,
        Self::Fr,
        Self::Nl,
        Self::Uk,
        Self::Es,
        Self::Jp,
        Self::Nz,
        Self::It,
        Self::Tw,
        Self::Se,
        Self::Sg,
        Self::Br,
        Self::Pl,
        Self::Za,
        Self::Mx,
        Self::In,
        Self::De,
        Self::Ch,
        Self::Cn,
        Self::Ru,
    ];

    /// The two letters it is named by in configuration.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Au => "au",
            Self::Fr => "fr",
            Self::Nl => "nl",
            Self::Uk => "uk",
            Self::Es => "es",
            Self::Jp => "jp",
            Self::Nz => "nz",
            Self::It => "it",
            Self::Tw => "tw",
            Self::Se => "se",
            Self::Sg => "sg",
            Self::Br => "br",
            Self::Pl => "pl",
            Self::Za => "za",
            Self::Mx => "mx",
            Self::In => "in",
            Self::De => "de",
            Self::Ch => "ch",
            Self::Cn => "cn",
            Self::Ru => "ru",
        }
    }

    /// The country of two letters.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }

    /// What one of its tones sounds like.
    pub const fn cadence(self, kind: Kind) -> Cadence {
        let tones = self.tones();
        match kind {
            Kind::Dial => tones.dial,
            Kind::Busy => tones.busy,
            Kind::Ringback => tones.ringback,
            Kind::Congestion => tones.congestion,
            Kind::CallWaiting => tones.call_waiting,
            Kind::Information => tones.information,
        }
    }

    /// How loud one of its tones is, all frequencies together.
    pub const fn level_dbm0(self, kind: Kind) -> f64 {
        let levels = &self.tones().levels;
        match kind {
            Kind::Dial => levels.dial,
            Kind::Ringback => levels.ringback,
            Kind::Busy | Kind::Congestion | Kind::CallWaiting | Kind::Information => levels.other,
        }
    }

    /// How loud the high and the low frequency of its digits are.
    pub const fn digit_levels_dbm0(self) -> (f64, f64) {
        let tones = self.tones();
        (tones.digit_high_dbm0, tones.digit_low_dbm0)
    }

    const fn tones(self) -> &'static Tones {
        match self {
            Self::Us => &americas::US,
            Self::Au => &asia_pacific::AU,
            Self::Fr => &europe::FR,
            Self::Nl => &europe::NL,
            Self::Uk => &europe::UK,
            Self::Es => &europe::ES,
            Self::Jp => &asia_pacific::JP,
            Self::Nz => &asia_pacific::NZ,
            Self::It => &europe::IT,
            Self::Tw => &asia_pacific::TW,
            Self::Se => &europe::SE,
            Self::Sg => &asia_pacific::SG,
            Self::Br => &americas::BR,
            Self::Pl => &europe::PL,
            Self::Za => &asia_pacific::ZA,
            Self::Mx => &americas::MX,
            Self::In => &asia_pacific::IN,
            Self::De => &europe::DE,
            Self::Ch => &europe::CH,
            Self::Cn => &asia_pacific::CN,
            Self::Ru => &europe::RU,
        }
    }
}
