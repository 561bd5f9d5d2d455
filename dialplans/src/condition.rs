//! What a rule asks of one number: any of its patterns, or membership in any of its lists.

use crate::digits::Text;
use crate::pattern::Pattern;
use crate::trie::{Prefixes, Trie};

/// Up to so many patterns are tried one by one; more are filed in a trie.
const FEW: usize = 8;

/// The lists of a plan, all in one trie whose marks are the lists.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) names: Vec<crate::Name>,
    /// A prefix of each, to stand for all of them where one is enough.
    pub(crate) samples: Vec<Vec<u8>>,
    pub(crate) trie: Trie,
}

impl Lists {
    fn contains(&self, list: u32, text: &Text) -> bool {
        self.trie.marks(text.symbols(), list)
    }
}

/// Any of these patterns or lists.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) lists: Vec<u32>,
    /// The leads of the patterns when there are many; its marks are indexes of `patterns`.
    filed: Option<Trie>,
}

impl Condition {
    pub(crate) fn new(patterns: Vec<Pattern>, lists: Vec<u32>) -> Self {
        let filed = (patterns.len() > FEW).then(|| {
            let mut prefixes = Prefixes::default();
            for (pattern, mark) in patterns.iter().zip(0..) {
                for lead in pattern.leads() {
                    prefixes.add(&lead, mark);
                }
            }
            prefixes.build()
        });
        Self { patterns, lists, filed }
    }

    pub(crate) fn matches(&self, text: &Text, lists: &Lists) -> bool {
        self.matches_pattern(text.symbols()) || self.lists.iter().any(|list| lists.contains(*list, text))
    }

    fn matches_pattern(&self, symbols: &[u8]) -> bool {
        let Some(filed) = &self.filed else {
            return self.patterns.iter().any(|pattern| pattern.matches(symbols));
        };
        let mut found = false;
        filed.walk(symbols, |marks| {
            let pattern = |mark: &u32| self.patterns.get(*mark as usize);
            found = marks.iter().filter_map(pattern).any(|pattern| pattern.matches(symbols));
            !found
        });
        found
    }

    /// Whether everything `other` matches is matched by `self` too, as far as can be shown.
    pub(crate) fn covers(&self, other: &Self, lists: &Lists) -> bool {
        other.lists.iter().all(|list| self.lists.contains(list))
            && other.patterns.iter().all(|pattern| self.covers_pattern(pattern, lists))
    }

    pub(crate) fn covers_pattern(&self, pattern: &Pattern, lists: &Lists) -> bool {
        let all_in = |list: &u32| pattern.leads().iter().all(|lead| lists.trie.marks(lead, *list));
        self.patterns.iter().any(|own| own.covers(pattern)) || self.lists.iter().any(all_in)
    }

    /// The condition as the plan writes it, shortened when it is long.
    pub(crate) fn describe(&self, lists: &Lists) -> String {
        const SHOWN_MAX: usize = 6;
        let names = self.lists.iter().filter_map(|list| lists.names.get(*list as usize));
        let all: Vec<String> = self
            .patterns
            .iter()
            .map(ToString::to_string)
            .chain(names.map(|name| format!("list {name}")))
            .take(SHOWN_MAX)
            .collect();
        let beyond = (self.patterns.len() + self.lists.len()).saturating_sub(SHOWN_MAX);
        match beyond {
            0 => all.join(", "),
            _ => format!("{} and {beyond} more", all.join(", ")),
        }
    }
}
