//! Reading the whole: the config, then each file it names, with one list of mistakes for all of them.

use std::path::Path;

use dialplans::{DialPlan, KnownTrunk, SendAs};
use mistakes::{Document, Map, Mistake, Mistakes, SecretSource, Severity, Value};

use super::{Config, TrunkConfig, admin, media, sip, trunk, uses};

/// The longest name of a node or a trunk; names become labels, files and columns.
const NAME_MAX: usize = 40;
/// The node's name if the config gives none.
const NODE: &str = "tandem";

/// What a config may ask of the machine it is read on.
pub trait Surroundings {
    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read, for the user.
    fn text(&self, file: &Path) -> Result<String, String>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// Why it cannot be read, for the user.
    fn bytes(&self, file: &Path) -> Result<Vec<u8>, String>;

    /// A secret kept elsewhere.
    ///
    /// # Errors
    /// Why it cannot be had, for the user.
    fn secret(&self, source: &SecretSource) -> Result<String, String>;
}

/// A config without mistakes, and what in it can hardly be meant.
#[derive(Debug)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// Remarks that stop nothing.
    pub warnings: Vec<Mistake>,
}

/// Reads `file` and every file it names; other files are found relative to it.
///
/// # Errors
/// Everything wrong with any of them, warnings among it.
pub fn load(file: &str, surroundings: &dyn Surroundings) -> Result<Loaded, Vec<Mistake>> {
    let text = match surroundings.text(Path::new(file)) {
        Ok(text) => text,
        Err(wrong) => return Err(vec![Mistake::about_file(file, wrong)]),
    };
    let mistakes = Mistakes::new();
    let config =
        Document::parse(file, &text, &mistakes).and_then(|document| read(document.root(), surroundings));
    let mut remarks = mistakes.into_vec();
    let mistaken = remarks.iter().any(|remark| remark.severity == Severity::Mistake);
    match config {
        Some(config) if !mistaken => Ok(Loaded { config, warnings: remarks }),
        Some(_) | None => {
            if !mistaken {
                remarks.push(Mistake::about_file(file, "the config cannot be used"));
            }
            Err(remarks)
        }
    }
}

const FIELDS: [&str; 8] = ["node", "sip", "media", "admin", "records", "log", "trunks", "dialplan"];

fn read(root: Value<'_>, surroundings: &dyn Surroundings) -> Option<Config> {
    let map = root.map(&FIELDS)?;
    let node = map.optional("node", |value| name(value, "node"));
    let sip = map.required("sip", sip::read);
    let media = map.required("media", media::read);
    let admin = section(&map, "admin", |value| admin::read(value, surroundings));
    let records = section(&map, "records", admin::records);
    let log = section(&map, "log", admin::log);
    let trunks = map.required("trunks", |value| trunk::read_all(value, surroundings));
    let known = known_trunks(&map, trunks.as_deref());
    let dialplan = map.required("dialplan", |value| plan(value, known, surroundings));
    let config = Config {
        node: node.unwrap_or_else(|| NODE.to_owned()),
        sip: sip?,
        media: media?,
        admin: admin?,
        records: records?,
        log: log?,
        trunks: trunks?,
        dialplan: dialplan?,
    };
    uses::check(&map, &config);
    Some(config)
}

/// What the plan may route to. While a trunk is mistaken its name still counts, so that the plan is not blamed.
fn known_trunks(map: &Map<'_>, trunks: Option<&[TrunkConfig]>) -> Vec<KnownTrunk> {
    if let Some(trunks) = trunks {
        let known = |trunk: &TrunkConfig| KnownTrunk { name: trunk.name.clone(), send: trunk.send };
        return trunks.iter().map(known).collect();
    }
    let written = map.get("trunks").filter(|value| value.is_map()).and_then(Value::entries);
    let names = written.into_iter().flatten().filter_map(|(key, _)| key.scalar());
    names.map(|name| KnownTrunk { name: name.to_owned(), send: SendAs::default() }).collect()
}

/// Reads the plan; what is wrong in it, or odd, is told with the rest.
fn plan(value: Value<'_>, trunks: Vec<KnownTrunk>, surroundings: &dyn Surroundings) -> Option<DialPlan> {
    let path = value.path()?;
    let text = match surroundings.text(&path) {
        Ok(text) => text,
        Err(wrong) => {
            value.complain_expected(&wrong, "a dial plan");
            return None;
        }
    };
    let read_file = |file: &Path| surroundings.text(file);
    let around = dialplans::Surroundings { trunks: Some(trunks), read_file: &read_file };
    let tell = |found: &[Mistake]| found.iter().for_each(|remark| value.mistakes().push(remark.clone()));
    match DialPlan::load(&path.to_string_lossy(), &text, &around) {
        Ok(plan) => {
            tell(plan.warnings());
            Some(plan)
        }
        Err(found) => {
            tell(&found);
            None
        }
    }
}

/// A section that may be left out: then it has its defaults.
pub(super) fn section<'d, T: Default>(
    map: &Map<'d>,
    field: &str,
    read: impl FnOnce(Value<'d>) -> Option<T>,
) -> Option<T> {
    match map.get(field) {
        None => Some(T::default()),
        Some(_) => map.optional(field, read),
    }
}

/// A name: short, of letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
pub(super) fn name(value: Value<'_>, what: &str) -> Option<String> {
    let text = value.text()?;
    let fits = text.len() <= NAME_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if fits {
        return Some(text.to_owned());
    }
    value.complain_expected(
        &format!("this is no name for a {what}"),
        &format!("up to {NAME_MAX} letters, digits, `-`, `_` and `.`, beginning with a letter or a digit"),
    );
    None
}

/// A limit of at least one; a mistaken one is told and counts as the default, so that the rest is read too.
pub(super) fn limit(map: &Map<'_>, field: &str, most: u32, default: u32) -> u32 {
    map.optional(field, |value| value.integer(1..=most)).unwrap_or(default)
}

/// A field this version does not have yet: said so rather than passed over.
pub(super) fn comes_later(map: &Map<'_>, field: &str, what: &str, instead: &str) {
    if let Some(key) = map.key(field) {
        key.complain_expected(&format!("`{field}`: {what} comes in a later version"), instead);
    }
}
