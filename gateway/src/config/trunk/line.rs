//! A trunk that is lines to the PSTN.

use std::path::Path;

use ::media::Law;
use ::trunks::sim::Script;
use ::trunks::{Hunt, Layout, Limits, SPANS_MAX, Side, Slots, Span};
use mistakes::{Map, Value};

use super::super::Surroundings;

/// Lines to the PSTN.
#[derive(Clone, Debug)]
pub struct LineTrunk {
    /// Which signalling they have.
    pub kind: LineKind,
    /// Its channels, and how they are used.
    pub trunk: ::trunks::Config,
    /// The law its voice is coded by.
    pub law: Law,
    /// What the simulated far end does.
    pub exchange: Script,
}

/// Which signalling a line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// ISDN, Q.931.
    Isdn,
    /// Channel-associated signalling.
    Cas,
    /// Analog, towards a phone.
    Fxs,
    /// Analog, towards an exchange.
    Fxo,
}

impl LineKind {
    /// The word for it in the config.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Isdn => "isdn",
            Self::Cas => "cas",
            Self::Fxs => "fxs",
            Self::Fxo => "fxo",
        }
    }
}

pub(super) const FIELDS: [&str; 8] =
    ["driver", "span", "spans", "channels", "hunt", "side", "law", "exchange"];

pub(super) fn read(
    map: &Map<'_>,
    kind: LineKind,
    limits: Limits,
    surroundings: &dyn Surroundings,
) -> Option<LineTrunk> {
    map.required("driver", driver);
    let span = map.required("span", span);
    let most_spans = u16::try_from(SPANS_MAX).unwrap_or(u16::MAX);
    let spans = map.optional("spans", |value| value.integer(1..=most_spans)).unwrap_or(1);
    let hunt = map.optional("hunt", |value| value.choice(&Hunt::ALL.map(|hunt| (hunt.name(), hunt))));
    let side =
        map.optional("side", |value| value.choice(&[("user", Side::User), ("network", Side::Network)]));
    let law = map.optional("law", |value| value.choice(&[("a", Law::A), ("mu", Law::Mu)]));
    let slots = match (span, map.get("channels")) {
        (Some(layout), Some(_)) => map.optional("channels", |value| channels(value, layout)),
        (Some(layout), None) => Some(layout.bearers()),
        (None, _) => None,
    };
    let law = law.or(span.map(Layout::law));
    let exchange = map.required("exchange", |value| exchange(value, law.unwrap_or(Law::A), surroundings));
    let span = Span { layout: span?, slots: slots? };
    let mut trunk = ::trunks::Config::new(vec![span; usize::from(spans)]);
    trunk.hunt = hunt.unwrap_or_default();
    trunk.side = side.unwrap_or_default();
    trunk.limits = limits;
    Some(LineTrunk { kind, trunk, law: law?, exchange: exchange? })
}

fn driver(value: Value<'_>) -> Option<()> {
    let word = value.text()?;
    match word {
        "simulated" => Some(()),
        "dahdi" | "e1d" | "cesopsn" => {
            value.complain_expected(&format!("the driver {word} comes in a later version"), "simulated");
            None
        }
        other => {
            value.unknown("driver", other, ["simulated", "dahdi", "e1d", "cesopsn"]);
            None
        }
    }
}

fn span(value: Value<'_>) -> Option<Layout> {
    value.choice(&Layout::ALL.map(|layout| (layout.name(), layout)))
}

fn channels(value: Value<'_>, layout: Layout) -> Option<Slots> {
    let expected = format!("channels of {layout} in quotes, such as \"{}\"", layout.bearers());
    let text = value.digits()?;
    match Slots::parse(text, layout) {
        Ok(slots) => Some(slots),
        Err(wrong) => {
            value.complain_expected(&wrong.to_string(), &expected);
            None
        }
    }
}

/// Reads the far end's script; what is wrong in it is told with the rest.
fn exchange(value: Value<'_>, law: Law, surroundings: &dyn Surroundings) -> Option<Script> {
    let path = value.path()?;
    let text = match surroundings.text(&path) {
        Ok(text) => text,
        Err(wrong) => {
            value.complain_expected(&wrong, "the script of a simulated exchange");
            return None;
        }
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut fetch = |file: &str| surroundings.bytes(&folder.join(file));
    match Script::read(&path.to_string_lossy(), &text, law, &mut fetch) {
        Ok(script) => Some(script),
        Err(found) => {
            found.into_iter().for_each(|mistake| value.mistakes().push(mistake));
            None
        }
    }
}
