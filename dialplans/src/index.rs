//! Finding the first rule that may match without trying every rule.
//!
//! Each rule is filed once, under the number it says most about: its patterns' plain leads go into a trie whose
//! marks are rules, its lists into a table by list. The rules met along a number's path are candidates; they are
//! taken in the plan's order and each is then asked in full.

use crate::condition::{Condition, Lists};
use crate::digits::{TEXT_MAX, Text};
use crate::rule::{Rule, Texts, When};
use crate::trie::{Prefixes, Trie};

/// The most lists one plan may have.
pub(crate) const LISTS_MAX: usize = 32;
/// The most groups of candidates a call can meet: a trie node for each digit and each list, for three numbers,
/// and the rules that say nothing of numbers.
const GROUPS_MAX: usize = 3 * (TEXT_MAX + 1 + LISTS_MAX) + 1;

/// Where the rules are filed.
#[derive(Debug, Default)]
pub(crate) struct RuleIndex {
    /// Rules that say nothing of numbers, in order.
    any_number: Vec<u32>,
    dialled: Filed,
    called: Filed,
    calling: Filed,
}

/// The rules filed under one number.
#[derive(Debug, Default)]
struct Filed {
    trie: Trie,
    by_list: Vec<Vec<u32>>,
    has_lists: bool,
}

/// The number a rule is filed under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Key {
    Dialled,
    Called,
    Calling,
}

impl RuleIndex {
    pub(crate) fn new(rules: &[Rule], lists: &Lists) -> Self {
        let mut index = Self::default();
        let mut tries = [Prefixes::default(), Prefixes::default(), Prefixes::default()];
        let [dialled, called, calling] = &mut tries;
        for filed in [&mut index.dialled, &mut index.called, &mut index.calling] {
            filed.by_list = vec![Vec::new(); lists.names.len()];
        }
        for (rule, number) in rules.iter().zip(0u32..) {
            let (prefixes, filed, condition) = match key(&rule.when) {
                Some((Key::Dialled, condition)) => (&mut *dialled, &mut index.dialled, condition),
                Some((Key::Called, condition)) => (&mut *called, &mut index.called, condition),
                Some((Key::Calling, condition)) => (&mut *calling, &mut index.calling, condition),
                None => {
                    index.any_number.push(number);
                    continue;
                }
            };
            for lead in condition.patterns.iter().flat_map(|pattern| pattern.leads()) {
                prefixes.add(&lead, number);
            }
            for list in &condition.lists {
                if let Some(rules) = filed.by_list.get_mut(*list as usize) {
                    rules.push(number);
                    filed.has_lists = true;
                }
            }
        }
        let [dialled, called, calling] = tries;
        index.dialled.trie = dialled.build();
        index.called.trie = called.build();
        index.calling.trie = calling.build();
        index
    }

    /// The rules from `first` on that may match, in the plan's order; `ask` is called until it says yes.
    pub(crate) fn find(
        &self,
        texts: &Texts,
        lists: &Lists,
        first: u32,
        mut ask: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let mut groups = Groups { heads: [&[]; GROUPS_MAX], used: 0, first };
        groups.add(&self.any_number);
        self.dialled.gather(&texts.dialled, lists, &mut groups);
        self.called.gather(&texts.called, lists, &mut groups);
        if let Some(calling) = &texts.calling {
            self.calling.gather(calling, lists, &mut groups);
        }
        while let Some(rule) = groups.take_lowest() {
            if ask(rule) {
                return Some(rule);
            }
        }
        None
    }
}

/// The condition a rule is filed under: the one with the longest plain leads.
pub(crate) fn key(when: &When) -> Option<(Key, &Condition)> {
    let length = |condition: &Condition| {
        let leads = condition.patterns.iter().flat_map(|pattern| pattern.leads());
        let shortest = leads.map(|lead| lead.len()).min();
        // A list's prefixes are at least as telling as one digit, and usually as several.
        shortest.unwrap_or(TEXT_MAX).min(if condition.lists.is_empty() { TEXT_MAX } else { 3 })
    };
    let given = [
        when.called.as_ref().map(|condition| (Key::Called, condition)),
        when.dialled.as_ref().map(|condition| (Key::Dialled, condition)),
        when.calling.as_ref().map(|condition| (Key::Calling, condition)),
    ];
    // `max_by_key` prefers the last of equals, so the called number comes last.
    given.into_iter().rev().flatten().max_by_key(|(_, condition)| length(condition))
}

impl Filed {
    fn gather<'i>(&'i self, text: &Text, lists: &Lists, groups: &mut Groups<'i>) {
        if !self.trie.is_empty() {
            self.trie.walk(text.symbols(), |rules| {
                groups.add(rules);
                true
            });
        }
        if self.has_lists {
            let mut met = 0u64;
            lists.trie.walk(text.symbols(), |marks| {
                for list in marks {
                    let bit = 1u64.checked_shl(*list).unwrap_or(0);
                    if met & bit == 0 {
                        met |= bit;
                        groups.add(self.by_list.get(*list as usize).map_or(&[], Vec::as_slice));
                    }
                }
                true
            });
        }
    }
}

/// Sorted groups of rules being merged.
struct Groups<'i> {
    heads: [&'i [u32]; GROUPS_MAX],
    used: usize,
    first: u32,
}

impl<'i> Groups<'i> {
    fn add(&mut self, rules: &'i [u32]) {
        let rest = match rules.first() {
            Some(lowest) if *lowest >= self.first => rules,
            Some(_) => rules.get(rules.partition_point(|rule| *rule < self.first)..).unwrap_or_default(),
            None => return,
        };
        if let (false, Some(slot)) = (rest.is_empty(), self.heads.get_mut(self.used)) {
            *slot = rest;
            self.used += 1;
        }
    }

    /// Takes the lowest rule out of every group that has it.
    fn take_lowest(&mut self) -> Option<u32> {
        let heads = self.heads.get_mut(..self.used)?;
        let lowest = heads.iter().filter_map(|head| head.first()).min().copied()?;
        for head in heads {
            if head.first() == Some(&lowest) {
                *head = head.get(1..).unwrap_or_default();
            }
        }
        Some(lowest)
    }
}
