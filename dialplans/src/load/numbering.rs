//! The sections `numbering:` and `trunks:`.

use mistakes::{Map, Value};

use super::Surroundings;
use super::names::{Names, read_name};
use crate::numbering::{Form, Numbering, SendAs, TYPES};
use crate::pattern::Pattern;
use crate::plan::Trunk;

/// The most trunks a plan may know.
const TRUNKS_MAX: usize = 4096;
/// The most numberings.
const NUMBERINGS_MAX: usize = 256;
/// The most patterns of short numbers that are kept.
const KEEP_MAX: usize = 1000;

pub(super) fn read<'d>(map: &Map<'d>, names: &mut Names<'d>) -> Vec<Numbering> {
    let mut numberings = Vec::new();
    for (key, value) in map.optional("numbering", Value::entries).unwrap_or_default() {
        if numberings.len() >= NUMBERINGS_MAX {
            key.complain(format!("more than {NUMBERINGS_MAX} numberings"));
            break;
        }
        let numbering = read_one(value).unwrap_or_default();
        if let Some(name) = read_name(key) {
            names.numberings.define(name, numberings.len(), Some(key));
            numberings.push(numbering);
        }
    }
    numberings
}

fn read_one(value: Value<'_>) -> Option<Numbering> {
    let map = value.map(&["country", "national", "international", "area", "keep"])?;
    let country = map.required("country", |v| prefix(v, 1..=3));
    let national = map.optional("national", |v| prefix(v, 0..=4));
    let international = map.optional("international", |v| prefix(v, 1..=6));
    let area = map.optional("area", |v| prefix(v, 1..=8));
    let keep = map.optional("keep", |v| v.one_or_more(read_pattern)).unwrap_or_default();
    if keep.len() > KEEP_MAX {
        value.complain(format!("more than {KEEP_MAX} patterns to keep"));
        return None;
    }
    Some(Numbering { country: country?, national, international, area, keep })
}

/// Digits 0–9 of a bounded count.
fn prefix(value: Value<'_>, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    let digits = value.digits()?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !length.contains(&digits.len()) {
        let expected = format!("{} to {} digits 0-9, without `+`", length.start(), length.end());
        value.complain_expected(&format!("\"{digits}\" is not such a prefix"), &expected);
        return None;
    }
    Some(digits.to_owned())
}

/// A pattern in quotes; a flaw is noted at its very character.
pub(super) fn read_pattern(value: Value<'_>) -> Option<Pattern> {
    match Pattern::parse(value.digits()?) {
        Ok(pattern) => Some(pattern),
        Err(flaw) => {
            value.complain_at(flaw.at, &flaw.message, flaw.expected);
            None
        }
    }
}

/// The trunks of the config and of the plan, as one list.
pub(super) fn read_trunks<'d>(
    map: &Map<'d>,
    surroundings: &Surroundings<'_>,
    names: &mut Names<'d>,
) -> Vec<Trunk> {
    let mut trunks: Vec<Trunk> = Vec::new();
    for known in surroundings.trunks.iter().flatten().take(TRUNKS_MAX) {
        let name: crate::Name = known.name.as_str().into();
        names.trunks.define(name.clone(), trunks.len(), None);
        trunks.push(Trunk { name, numbering: None, send: known.send });
    }
    for (key, value) in map.optional("trunks", Value::entries).unwrap_or_default() {
        let index = match &surroundings.trunks {
            Some(_) => names.trunks.look_up("trunk", key),
            None => read_name(key).and_then(|name| {
                if trunks.len() >= TRUNKS_MAX {
                    key.complain(format!("more than {TRUNKS_MAX} trunks"));
                    return None;
                }
                names.trunks.define(name.clone(), trunks.len(), Some(key));
                trunks.push(Trunk { name, numbering: None, send: SendAs::default() });
                Some(trunks.len() - 1)
            }),
        };
        let Some(fields) = value.map(&["numbering", "send"]) else { continue };
        let numbering = fields.optional("numbering", |v| names.numberings.look_up("numbering", v));
        let mut throwaway = SendAs::default();
        let trunk = index.and_then(|index| trunks.get_mut(index));
        let (send, slot) = match trunk {
            Some(trunk) => (&mut trunk.send, Some(&mut trunk.numbering)),
            None => (&mut throwaway, None),
        };
        if let Some(slot) = slot {
            *slot = numbering;
        }
        fields.optional("send", |v| {
            let sent = v.map(&SendAs::FIELDS)?;
            *send = SendAs::read(&sent, *send);
            Some(())
        });
    }
    // One numbering is everyone's.
    let only = names.numberings.only();
    for trunk in &mut trunks {
        trunk.numbering = trunk.numbering.or(only);
    }
    trunks
}

impl SendAs {
    /// The fields [`SendAs::read`] asks for.
    pub const FIELDS: [&'static str; 3] = ["called", "calling", "type"];

    /// Reads `called`, `calling` and `type` of a map that was opened with (at least) [`SendAs::FIELDS`]; what is
    /// not written stays as in `otherwise`.
    #[must_use]
    pub fn read(map: &Map<'_>, otherwise: Self) -> Self {
        Self {
            called: map.optional("called", |v| v.choice(&Form::WORDS)).unwrap_or(otherwise.called),
            calling: map.optional("calling", |v| v.choice(&Form::WORDS)).unwrap_or(otherwise.calling),
            number_type: map.optional("type", |v| v.choice(&TYPES)).or(otherwise.number_type),
        }
    }
}
