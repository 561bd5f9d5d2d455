//! Reading a plan: every section in turn, every mistake noted, nothing built unless all is well.

mod lists;
mod names;
mod numbering;
mod routes;
mod rules;
mod trials;

use std::path::Path;

use mistakes::{Document, Limits, Map, Mistake, Mistakes, Value};

use crate::check;
use crate::index::RuleIndex;
use crate::numbering::SendAs;
use crate::plan::DialPlan;
use names::Names;

/// The version of the language this reads.
const VERSION: u32 = 1;
/// How large a plan's text may be; larger tables belong in list files.
const PLAN_LIMITS: Limits = Limits { bytes: 32 << 20, values: 2_000_000 };

/// What a plan cannot know from its own text.
pub struct Surroundings<'s> {
    /// The trunks the gateway has, when it has a config; the plan may name no other.
    pub trunks: Option<Vec<KnownTrunk>>,
    /// Reads a file the plan names, already relative to the plan's folder.
    pub read_file: &'s dyn Fn(&Path) -> Result<String, String>,
}

/// A trunk of the gateway's config.
#[derive(Clone, Debug)]
pub struct KnownTrunk {
    /// Its name.
    pub name: String,
    /// What it is sent, unless the plan says otherwise.
    pub send: SendAs,
}

impl Surroundings<'_> {
    /// A plan by itself: its trunks are those of its own `trunks:`, and it can read no other file.
    #[must_use]
    pub fn alone() -> Self {
        Self { trunks: None, read_file: &|_| Err("no other file can be read here".to_owned()) }
    }
}

impl DialPlan {
    /// Reads a plan.
    ///
    /// # Errors
    /// Every mistake in it and in the lists it names, by file and place; warnings among them.
    pub fn load(file: &str, text: &str, surroundings: &Surroundings<'_>) -> Result<Self, Vec<Mistake>> {
        let mistakes = Mistakes::new();
        let plan = Document::parse_within(PLAN_LIMITS, file, text, &mistakes)
            .and_then(|document| read(document.root(), surroundings));
        let none = mistakes.none();
        let found = mistakes.into_vec();
        match plan {
            Some(plan) if none => Ok(Self { warnings: found, ..plan }),
            Some(_) | None => Err(found),
        }
    }
}

const SECTIONS: [&str; 8] =
    ["dialplan", "numbering", "trunks", "lists", "reroute", "routes", "rules", "tests"];

fn read(root: Value<'_>, surroundings: &Surroundings<'_>) -> Option<DialPlan> {
    let map = root.map(&SECTIONS)?;
    version(&map);
    let mut names = Names::default();
    let numberings = numbering::read(&map, &mut names);
    let trunks = numbering::read_trunks(&map, surroundings, &mut names);
    let lists = lists::read(&map, surroundings, &mut names);
    let reroutes = routes::read_reroutes(&map, &mut names);
    let mut routes = routes::read(&map, &reroutes, &mut names);
    let rules = rules::read(&map, &reroutes, &mut routes, &mut names);
    let trials = trials::read(&map, &names);
    if root.mistakes().none() {
        names.warn_of_unused();
    }
    if trials.is_empty() && map.get("tests").is_none() {
        root.warn("this plan has no `tests:`; nothing shows that it does what is meant");
    }
    let index = RuleIndex::new(&rules, &lists);
    let plan = DialPlan {
        file: root.document().file().to_owned(),
        trunk_of: names.trunk_numbers(),
        trunks,
        numberings,
        lists,
        routes,
        rules,
        index,
        trials,
        warnings: Vec::new(),
    };
    if root.mistakes().none() {
        check::shadowed(&plan, &names.rule_places);
    }
    Some(plan)
}

fn version(map: &Map<'_>) {
    let version = map.required("dialplan", |v| v.integer(0..=u32::MAX).map(|version| (v, version)));
    if let Some((value, version)) = version.filter(|(_, version)| *version != VERSION) {
        value.complain_expected(&format!("version {version} of the language is not known"), "dialplan: 1");
    }
}
