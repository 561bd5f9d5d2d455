//! The section `rules:`.

use std::collections::BTreeMap;
use std::sync::Arc;

use call::{Cause, Location};
use mistakes::{Map, Value};

use super::names::{Names, read_name};
use super::numbering::read_pattern;
use super::routes::direct;
use crate::condition::Condition;
use crate::digits::plain;
use crate::reroute::Reroute;
use crate::route::Route;
use crate::rule::{End, Rule, Then, When};

/// The most rules of one plan.
const RULES_MAX: usize = 200_000;
/// The most rules that say `next`: each may have a call looked up once more.
const NEXT_MAX: usize = 32;
/// The most digits a rule strips or adds.
const REWRITE_MAX: usize = 20;
/// The most patterns in one condition.
const PATTERNS_MAX: usize = 10_000;

pub(super) fn read<'d>(
    map: &Map<'d>,
    reroutes: &[Arc<Reroute>],
    routes: &mut Vec<Route>,
    names: &mut Names<'d>,
) -> Vec<Rule> {
    let Some(items) = map.required("rules", Value::items) else { return Vec::new() };
    if items.is_empty() {
        map.value().complain("a plan without rules routes nothing");
    }
    let mut reader = Reader { reroutes, routes, direct: BTreeMap::new(), nexts: 0 };
    let mut rules = Vec::with_capacity(items.len().min(RULES_MAX));
    for item in items {
        if rules.len() >= RULES_MAX {
            item.complain(format!("more than {RULES_MAX} rules"));
            break;
        }
        if let Some(rule) = reader.rule(item, rules.len(), names) {
            rules.push(rule);
        }
    }
    rules
}

struct Reader<'r> {
    reroutes: &'r [Arc<Reroute>],
    routes: &'r mut Vec<Route>,
    /// The routes that `to: TRUNK` made, by trunk.
    direct: BTreeMap<u16, usize>,
    nexts: usize,
}

impl Reader<'_> {
    fn rule<'d>(&mut self, value: Value<'d>, number: usize, names: &mut Names<'d>) -> Option<Rule> {
        let map = value.map(&["id", "when", "then"])?;
        let id = map.required("id", |v| {
            let id = read_name(v)?;
            match names.rules.place(&id) {
                Some(first) => {
                    let expected = format!("each id once; line {} has it already", first.line());
                    v.complain_expected(&format!("two rules are called `{id}`"), &expected);
                }
                None => {
                    names.rules.define(id.clone(), number, Some(v));
                    names.rule_places.push(v);
                }
            }
            Some(id)
        });
        let when = match map.get("when") {
            None => Some(When::default()),
            Some(_) => map.optional("when", |v| read_when(v, names)),
        };
        let then = map.required("then", |v| self.then(v, names));
        let (when, mut then) = (when?, then?);
        then.of_called = when.called.is_some() && when.dialled.is_none();
        Some(Rule { id: id?, line: value.line(), when, then })
    }

    fn then<'d>(&mut self, value: Value<'d>, names: &Names<'d>) -> Option<Then> {
        let map = value.map(&["route", "to", "reject", "strip", "add", "next"])?;
        let strip = map.optional("strip", |v| v.integer(0..=REWRITE_MAX)).unwrap_or(0);
        let add = map.optional("add", read_added);
        let ends = ["route", "to", "reject", "next"];
        let given: Vec<&str> = ends.into_iter().filter(|end| map.get(end).is_some()).collect();
        match given.as_slice() {
            [] if map.misspelt() => return None,
            [] => {
                let expected = "route: NAME, to: TRUNK, reject: {cause: N} or next: true";
                value.complain_expected("this rule does not say what becomes of the call", expected);
                return None;
            }
            [first, second, ..] => {
                let message = format!("`{first}` and `{second}` cannot both become of a call");
                map.key(second).unwrap_or(value).complain_expected(&message, "one of them");
                return None;
            }
            [_] => {}
        }
        let end = if map.get("route").is_some() {
            map.optional("route", |v| names.routes.look_up("route", v)).map(End::Route)
        } else if map.get("to").is_some() {
            map.optional("to", |v| self.to(v, names)).map(End::Route)
        } else if map.get("reject").is_some() {
            map.optional("reject", read_reject).map(End::Reject)
        } else {
            map.optional("next", |v| self.next(v))
        };
        Some(Then { of_called: false, strip, add, end: end? })
    }

    fn to<'d>(&mut self, value: Value<'d>, names: &Names<'d>) -> Option<usize> {
        let trunk = u16::try_from(names.trunks.look_up("trunk", value)?).ok()?;
        let routes = &mut *self.routes;
        let index = *self.direct.entry(trunk).or_insert_with(|| {
            let name = value.scalar().unwrap_or_default().into();
            routes.push(direct(name, trunk, self.reroutes, names));
            routes.len() - 1
        });
        Some(index)
    }

    fn next(&mut self, value: Value<'_>) -> Option<End> {
        if !value.truth()? {
            value
                .complain_expected("`next: false` says nothing", "`next: true`, or what becomes of the call");
            return None;
        }
        self.nexts += 1;
        if self.nexts > NEXT_MAX {
            value.complain(format!("more than {NEXT_MAX} rules say `next`"));
            return None;
        }
        Some(End::Next)
    }
}

fn read_when(value: Value<'_>, names: &Names<'_>) -> Option<When> {
    let map = value.map(&["from", "dialled", "called", "calling"])?;
    let from = map.optional("from", |v| {
        let trunk = |v| names.trunks.look_up("trunk", v).and_then(|trunk| u16::try_from(trunk).ok());
        let mut trunks = v.one_or_more(trunk)?;
        if v.is_empty_list() {
            v.complain("an empty list: this rule could never match");
        }
        trunks.sort_unstable();
        trunks.dedup();
        Some(trunks)
    });
    let condition = |field| map.optional(field, |v| read_condition(v, names));
    let (dialled, called, calling) = (condition("dialled"), condition("called"), condition("calling"));
    Some(When { from, dialled, called, calling })
}

/// A pattern, `{list: NAME}`, or several of both.
fn read_condition(value: Value<'_>, names: &Names<'_>) -> Option<Condition> {
    let mut patterns = Vec::new();
    let mut lists = Vec::new();
    value.one_or_more(|item| {
        if item.is_map() {
            let list = item.map(&["list"])?.required("list", |v| names.lists.look_up("list", v))?;
            lists.push(u32::try_from(list).ok()?);
        } else {
            patterns.push(read_pattern(item)?);
        }
        Some(())
    })?;
    if value.is_empty_list() {
        value.complain("an empty list: this rule could never match");
    }
    if patterns.len() > PATTERNS_MAX {
        let message = format!("{} patterns in one condition, more than {PATTERNS_MAX}", patterns.len());
        value.complain_expected(&message, "a list from a file: {list: NAME}");
        return None;
    }
    Some(Condition::new(patterns, lists))
}

fn read_added(value: Value<'_>) -> Option<String> {
    let digits = value.digits()?;
    if plain(digits).is_none() || digits.len() > REWRITE_MAX {
        let message = format!("\"{digits}\" cannot be added to a number");
        value.complain_expected(&message, "digits, `*`, `#`, with or without `+` at the start, at most 20");
        return None;
    }
    Some(digits.to_ascii_uppercase())
}

fn read_reject(value: Value<'_>) -> Option<Cause> {
    if let Some(written) = value.scalar() {
        value.complain_expected(&format!("`{written}` stands here"), "a map: {cause: 21}");
        return None;
    }
    let map = value.map(&["cause"])?;
    let cause = map.required("cause", |v| v.integer(1..=127u8))?;
    Cause::new(cause, Location::PrivateLocal)
}
