//! `trunks:` the ways calls come and go: SIP peers and lines to the PSTN.

mod line;
mod sip;

use std::num::NonZeroU32;
use std::time::Duration;

use dialplans::SendAs;
use media::tone::Country;
use mistakes::{Map, Value};
use trunks::Limits;

use super::Surroundings;
use super::load::{comes_later, limit, name};

pub use line::{LineKind, LineTrunk};
pub use sip::{Peer, SipTrunk};

/// The most trunks.
const TRUNKS_MAX: usize = 4096;
/// The most calls, at once or in a second, a limit may allow.
const LIMIT_MAX: u32 = 100_000;
/// The longest wait or call, in seconds: a week.
const SECONDS_MAX: u32 = 7 * 24 * 3600;

/// A trunk.
#[derive(Clone, Debug)]
pub struct TrunkConfig {
    /// Its name, unique.
    pub name: String,
    /// How many calls, and how fast; without a limit only channels and the gateway's own limits count.
    pub limits: Limits,
    /// How numbers are written on it.
    pub send: SendAs,
    /// What its callers hear before the answer.
    pub early_media: EarlyMedia,
    /// Whose tones are played where the far side gives none.
    pub tones: Country,
    /// How long calls on it may stay where they are.
    pub waits: Waits,
    /// End a call when no voice came for this long; `None`: never.
    pub media_timeout: Option<Duration>,
    /// What it is.
    pub kind: TrunkKind,
}

/// The two kinds of trunk.
#[derive(Clone, Debug)]
pub enum TrunkKind {
    /// A SIP peer.
    Sip(SipTrunk),
    /// Lines to the PSTN.
    Line(LineTrunk),
}

impl TrunkKind {
    /// The word for it in the config.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Sip(_) => "sip",
            Self::Line(line) => line.kind.word(),
        }
    }
}

/// What callers from a trunk hear before the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarlyMedia {
    /// What the far side gives in-band; where it rings and gives nothing, their own phone's ringing tone.
    #[default]
    Relay,
    /// What the far side gives in-band; where it rings and gives nothing, ringing tone made here.
    Ringback,
}

/// How long a call may stay where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Until the far side says anything.
    pub setup: Duration,
    /// Ringing.
    pub ringing: Duration,
    /// Talking.
    pub talking: Duration,
    /// Tones after a failure.
    pub tones: Duration,
}

/// `setup_seconds_max`: less than a caller's own patience, so that another route can still be tried.
const SETUP_SECONDS: u32 = 15;
/// `ring_seconds_max`: T310 and the like end long before; this is for trunks without.
const RING_SECONDS: u32 = 180;
/// `call_seconds_max`.
const CALL_SECONDS: u32 = 12 * 3600;
/// `tone_seconds_max`: T306 of Q.931 §9.
const TONE_SECONDS: u32 = 30;
/// `media_timeout`.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(60);
/// `tones`.
const TONES: Country = Country::Us;

const SHARED: [&str; 11] = [
    "kind",
    "limits",
    "send",
    "early_media",
    "tones",
    "media_timeout",
    "setup_seconds_max",
    "ring_seconds_max",
    "call_seconds_max",
    "tone_seconds_max",
    "probe",
];

pub(super) fn read_all(value: Value<'_>, surroundings: &dyn Surroundings) -> Option<Vec<TrunkConfig>> {
    let entries = value.entries()?;
    if entries.is_empty() || entries.len() > TRUNKS_MAX {
        let message = format!("{} trunks", entries.len());
        value.complain_expected(&message, &format!("1 to {TRUNKS_MAX}"));
        return None;
    }
    let trunks: Vec<Option<TrunkConfig>> =
        entries.into_iter().map(|(key, value)| read(key, value, surroundings)).collect();
    trunks.into_iter().collect()
}

fn read(key: Value<'_>, value: Value<'_>, surroundings: &dyn Surroundings) -> Option<TrunkConfig> {
    let name = name(key, "trunk");
    let kind = kind_of(value)?;
    let own: &[&str] = if kind.is_some() { &line::FIELDS } else { &sip::FIELDS };
    let fields: Vec<&str> = SHARED.iter().chain(own).copied().collect();
    let map = value.map(&fields)?;
    comes_later(
        &map,
        "probe",
        "probing a peer with OPTIONS",
        "no `probe`; a trunk is up while calls succeed",
    );
    let limits = map.optional("limits", limits).unwrap_or_default();
    let send = map.optional("send", send).unwrap_or_default();
    let early_media = map.optional("early_media", |value| {
        value.choice(&[("relay", EarlyMedia::Relay), ("ringback", EarlyMedia::Ringback)])
    });
    let tones = map.optional("tones", country);
    let media_timeout = match map.get("media_timeout") {
        Some(value) if value.scalar() == Some("none") => None,
        Some(_) | None => Some(map.optional("media_timeout", Value::duration).unwrap_or(MEDIA_TIMEOUT)),
    };
    let waits = waits(&map);
    let kind = match kind {
        None => sip::read(&map).map(TrunkKind::Sip),
        Some(kind) => line::read(&map, kind, limits, surroundings).map(TrunkKind::Line),
    };
    Some(TrunkConfig {
        name: name?,
        limits,
        send,
        early_media: early_media.unwrap_or_default(),
        tones: tones.unwrap_or(TONES),
        waits,
        media_timeout,
        kind: kind?,
    })
}

/// `None` for SIP, else which kind of line.
fn kind_of(value: Value<'_>) -> Option<Option<LineKind>> {
    let fields = value.entries()?;
    let Some((_, kind)) = fields.into_iter().find(|(key, _)| key.scalar() == Some("kind")) else {
        value.complain_expected("`kind` is missing", "sip, isdn, cas, fxs or fxo");
        return None;
    };
    kind.choice(&[
        ("sip", None),
        ("isdn", Some(LineKind::Isdn)),
        ("cas", Some(LineKind::Cas)),
        ("fxs", Some(LineKind::Fxs)),
        ("fxo", Some(LineKind::Fxo)),
    ])
}

fn waits(map: &Map<'_>) -> Waits {
    let seconds = |field, default| Duration::from_secs(u64::from(limit(map, field, SECONDS_MAX, default)));
    Waits {
        setup: seconds("setup_seconds_max", SETUP_SECONDS),
        ringing: seconds("ring_seconds_max", RING_SECONDS),
        talking: seconds("call_seconds_max", CALL_SECONDS),
        tones: seconds("tone_seconds_max", TONE_SECONDS),
    }
}

fn limits(value: Value<'_>) -> Option<Limits> {
    let map = value.map(&["calls", "calls_per_second"])?;
    let read = |field| map.optional(field, |value| value.integer(1..=LIMIT_MAX));
    Some(Limits {
        calls: read("calls"),
        calls_per_second: read("calls_per_second").and_then(NonZeroU32::new),
    })
}

fn country(value: Value<'_>) -> Option<Country> {
    let name = value.text()?;
    let country = Country::from_code(name);
    if country.is_none() {
        value.unknown("country", name, Country::ALL.iter().map(|country| country.code()));
    }
    country
}

fn send(value: Value<'_>) -> Option<SendAs> {
    let fields: Vec<&str> = SendAs::FIELDS.into_iter().chain(["privacy", "redirecting"]).collect();
    let map = value.map(&fields)?;
    comes_later(&map, "privacy", "withholding numbers towards a trunk", "no `privacy`");
    comes_later(&map, "redirecting", "telling who redirected a call", "no `redirecting`");
    Some(SendAs::read(&map, SendAs::default()))
}
