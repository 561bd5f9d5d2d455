//! Rules that can never match, because the rules above take everything they could.

use mistakes::Value;

use crate::condition::{Condition, Lists};
use crate::digits::Text;
use crate::index::{Key, key};
use crate::plan::DialPlan;
use crate::rule::{End, Rule, Texts, When};

/// How many rules above are compared with each pattern of a rule.
const COMPARED_MAX: usize = 64;

/// Notes every rule that cannot be reached, where its id stands.
pub(crate) fn shadowed(plan: &DialPlan, places: &[Value<'_>]) {
    // A rule that changes the number makes what follows see another call than what stands above.
    let mut floor = 0;
    for ((number, rule), place) in (0u32..).zip(&plan.rules).zip(places) {
        if let Some(above) = shadow_of(plan, rule, floor..number) {
            let message =
                format!("`{}` can never match: `{}` above takes every such call", rule.id, above.id);
            let expected =
                format!("`{}` before `{}` (line {}), or no such rule", rule.id, above.id, above.line);
            place.complain_expected(&message, &expected);
        }
        if rule.then.end == End::Next && (rule.then.strip > 0 || rule.then.add.is_some()) {
            floor = number + 1;
        }
    }
}

/// The rule (the last, if several share it) that leaves nothing to `rule`.
fn shadow_of<'p>(plan: &'p DialPlan, rule: &Rule, range: std::ops::Range<u32>) -> Option<&'p Rule> {
    let when = &rule.when;
    let Some((key, condition)) = key(when) else {
        return above(plan, when, None, &range, |above| above.covers_others(when, None, &plan.lists));
    };
    let covers_rest = |above: &When| above.covers_others(when, Some(key), &plan.lists);
    let mut shadow = None;
    for pattern in &condition.patterns {
        let sample = pattern.leads().into_iter().next().unwrap_or_default();
        shadow = Some(above(plan, when, Some((key, &sample)), &range, |above| {
            let own = above.condition(key);
            own.is_none_or(|own| own.covers_pattern(pattern, &plan.lists)) && covers_rest(above)
        })?);
    }
    for list in &condition.lists {
        let sample = plan.lists.samples.get(*list as usize)?;
        shadow = Some(above(plan, when, Some((key, sample)), &range, |above| {
            above.condition(key).is_none_or(|own| own.lists.contains(list)) && covers_rest(above)
        })?);
    }
    shadow
}

/// A rule of `range` that ends there and satisfies `covers`, among those a call like `when` would meet.
fn above<'p>(
    plan: &'p DialPlan,
    when: &When,
    sampled: Option<(Key, &[u8])>,
    range: &std::ops::Range<u32>,
    covers: impl Fn(&When) -> bool,
) -> Option<&'p Rule> {
    let text = |wanted: Key| match sampled {
        Some((key, sample)) if key == wanted => Text::of_symbols(sample),
        Some(_) | None => Text::of_symbols(&sample(when.condition(wanted), &plan.lists)),
    };
    let texts =
        Texts { dialled: text(Key::Dialled), called: text(Key::Called), calling: Some(text(Key::Calling)) };
    let mut compared = 0;
    let found = plan.index.find(&texts, &plan.lists, range.start, |number| {
        compared += 1;
        let ends = |rule: &&Rule| rule.then.end != End::Next;
        let rule = plan.rule(number).filter(|_| number < range.end).filter(ends);
        let covered = rule.is_some_and(|rule| covers(&rule.when));
        covered || number >= range.end || compared >= COMPARED_MAX
    })?;
    let rule = plan.rule(found).filter(|_| found < range.end)?;
    (rule.then.end != End::Next && covers(&rule.when)).then_some(rule)
}

/// The beginning of a number that a condition asks for.
fn sample(condition: Option<&Condition>, lists: &Lists) -> Vec<u8> {
    let Some(condition) = condition else { return Vec::new() };
    let pattern = condition.patterns.first().and_then(|pattern| pattern.leads().into_iter().next());
    let list = || condition.lists.first().and_then(|list| lists.samples.get(*list as usize)).cloned();
    pattern.or_else(list).unwrap_or_default()
}

impl When {
    pub(crate) fn condition(&self, key: Key) -> Option<&Condition> {
        match key {
            Key::Dialled => self.dialled.as_ref(),
            Key::Called => self.called.as_ref(),
            Key::Calling => self.calling.as_ref(),
        }
    }

    /// Whether every call that meets `other` meets this too, the number `but` left aside.
    fn covers_others(&self, other: &Self, but: Option<Key>, lists: &Lists) -> bool {
        let from = match (&self.from, &other.from) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => others.iter().all(|trunk| own.contains(trunk)),
        };
        let keys = [Key::Dialled, Key::Called, Key::Calling].into_iter().filter(|key| Some(*key) != but);
        from && keys.into_iter().all(|key| match (self.condition(key), other.condition(key)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(others)) => own.covers(others, lists),
        })
    }
}
