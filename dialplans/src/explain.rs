//! Why a call goes where it goes: the live engine's own decision, and each rule it passed on the way.

use std::fmt;

use call::Number;
use serde::Serialize;

use crate::numbering::type_word;
use crate::plan::{Decision, DialPlan, Query};
use crate::rule::{End, Rule, Unmet, View};

/// How many rules an explanation lists; those beyond are counted.
const STEPS_MAX: usize = 1000;

/// A decision and how it came about.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The trunk the call came from.
    pub from: String,
    /// The number as dialled.
    pub dialled: String,
    /// The number as the rules first saw it.
    pub called: String,
    /// The calling number as received.
    pub calling: Option<String>,
    /// The calling number as the rules saw it.
    pub calling_normalised: Option<String>,
    /// Each rule tried, in order.
    pub steps: Vec<Step>,
    /// How many rules that did not match were left out of `steps`.
    pub steps_left_out: usize,
    /// The rule that decided; `None` when none matched.
    pub rule: Option<String>,
    /// The called number in the end.
    pub called_after: Option<String>,
    /// The trunks in the order they would be tried, with what each would be sent.
    pub routes: Vec<Sent>,
    /// The policy that says which failures go on to the next.
    pub reroute: Option<String>,
    /// The Q.850 cause of a refusal, and its SIP status.
    pub refused: Option<Refused>,
}

/// A rule and why it did or did not match.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The rule.
    pub rule: String,
    /// Its line in the plan.
    pub line: u32,
    /// Whether it matched.
    pub matched: bool,
    /// The condition that failed, or what the rule did.
    pub why: String,
}

/// What a trunk would be sent.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    /// The trunk.
    pub trunk: String,
    /// The called number.
    pub called: String,
    /// Its type.
    #[serde(rename = "type")]
    pub number_type: &'static str,
    /// The calling number.
    pub calling: Option<String>,
}

/// How a call is refused.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The Q.850 cause.
    pub cause: u8,
    /// Its name.
    pub name: &'static str,
    /// The SIP status it becomes.
    pub sip: u16,
}

impl DialPlan {
    /// Decides as [`DialPlan::decide`] does, and tells how it came about. Numbers are written out whole.
    #[must_use]
    pub fn explain(&self, query: &Query<'_>) -> Explanation {
        let view = self.view(query);
        let mut told = Explanation {
            from: query.from.to_owned(),
            dialled: written(&query.dialled),
            called: written(&view.called),
            calling: query.calling.as_ref().map(written),
            calling_normalised: view.calling.as_ref().map(written),
            steps: Vec::new(),
            steps_left_out: 0,
            rule: None,
            called_after: None,
            routes: Vec::new(),
            reroute: None,
            refused: None,
        };
        let mut seen = view;
        let mut first = 0;
        let decision = self.follow(query, |matched, after| {
            self.tell_passed(first..matched as usize, &seen, &mut told);
            if let Some(rule) = self.rule(matched) {
                told.steps.push(rule.told(true, self.did(rule, &seen, after)));
            }
            seen = *after;
            first = matched as usize + 1;
        });
        self.tell_end(first, &seen, decision, &mut told);
        told
    }

    /// Tells the decision, and the rules passed after the last that matched if they led nowhere.
    fn tell_end(&self, first: usize, seen: &View<'_>, decision: Decision, told: &mut Explanation) {
        match decision {
            Decision::Route { rule, called, attempts, reroute, .. } => {
                told.rule = Some(rule.to_string());
                told.called_after = Some(written(&called));
                told.reroute = Some(reroute.name().to_owned());
                told.routes = attempts
                    .iter()
                    .map(|attempt| Sent {
                        trunk: attempt.trunk.to_string(),
                        called: written(&attempt.called),
                        number_type: type_word(attempt.called.number_type),
                        calling: attempt.calling.as_ref().map(written),
                    })
                    .collect();
            }
            Decision::Refuse { rule, cause } => {
                let told_already = told.steps.last().map(|step| (step.matched, step.rule.as_str()));
                match &rule {
                    None => self.tell_passed(first..self.rules.len(), seen, told),
                    Some(rule) if told_already != Some((true, rule)) => {
                        let at = self.rules.iter().position(|known| known.id == *rule).unwrap_or(first);
                        self.tell_passed(first..at, seen, told);
                        let why = "what it strips and adds leaves no number".to_owned();
                        told.steps.extend(self.rules.get(at).map(|rule| rule.told(true, why)));
                    }
                    Some(_) => {}
                }
                told.rule = rule.map(|rule| rule.to_string());
                told.refused =
                    Some(Refused { cause: cause.value(), name: cause.name(), sip: cause.sip_status() });
            }
        }
    }

    /// Tells of rules that did not match.
    fn tell_passed(&self, rules: std::ops::Range<usize>, view: &View<'_>, told: &mut Explanation) {
        for rule in self.rules.get(rules).unwrap_or_default() {
            if told.steps.len() >= STEPS_MAX {
                told.steps_left_out += 1;
                continue;
            }
            let why = match rule.when.unmet(view, &self.lists) {
                Some(unmet) => self.unmet(rule, unmet, view),
                None => "matches".to_owned(),
            };
            told.steps.push(rule.told(false, why));
        }
    }

    fn unmet(&self, rule: &Rule, unmet: Unmet, view: &View<'_>) -> String {
        let describe = |condition: &Option<crate::condition::Condition>| {
            condition.as_ref().map(|condition| condition.describe(&self.lists)).unwrap_or_default()
        };
        match unmet {
            Unmet::From => {
                let name =
                    |trunk: &u16| self.trunks.get(usize::from(*trunk)).map(|trunk| trunk.name.to_string());
                let names: Vec<String> = rule.when.from.iter().flatten().filter_map(name).collect();
                let own = view.from.as_ref().and_then(name).unwrap_or("no known trunk".to_owned());
                format!("from {own} is not {}", names.join(", "))
            }
            Unmet::Dialled => {
                format!("dialled {} is not {}", written(&view.dialled), describe(&rule.when.dialled))
            }
            Unmet::Called => {
                format!("called {} is not {}", written(&view.called), describe(&rule.when.called))
            }
            Unmet::Calling => {
                let calling = view.calling.as_ref().map_or("nobody".to_owned(), written);
                format!("calling {calling} is not {}", describe(&rule.when.calling))
            }
        }
    }

    /// What a rule that matched did.
    fn did(&self, rule: &Rule, before: &View<'_>, after: &View<'_>) -> String {
        let change = if before.dialled == after.dialled {
            String::new()
        } else {
            let called = written(&after.called);
            format!(
                "{} becomes {} (called {called}), then ",
                written(&before.dialled),
                written(&after.dialled)
            )
        };
        let end = match rule.then.end {
            End::Route(route) => {
                let name = self.routes.get(route).map_or("?", |route| route.name.as_ref());
                format!("route {name}")
            }
            End::Reject(cause) => format!("reject with {cause}"),
            End::Next => "on to the next rules".to_owned(),
        };
        format!("{change}{end}")
    }
}

impl Rule {
    fn told(&self, matched: bool, why: String) -> Step {
        Step { rule: self.id.to_string(), line: self.line, matched, why }
    }
}

fn written(number: &Number) -> String {
    number.dialled().to_string()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "from {}, dialled {}, called {}", self.from, self.dialled, self.called)?;
        if let (Some(calling), Some(normalised)) = (&self.calling, &self.calling_normalised) {
            writeln!(f, "calling {calling}, normalised {normalised}")?;
        }
        for step in &self.steps {
            let mark = if step.matched { "+" } else { "-" };
            writeln!(f, "  {mark} {} (line {}): {}", step.rule, step.line, step.why)?;
        }
        if self.steps_left_out > 0 {
            writeln!(f, "    and {} more that did not match", self.steps_left_out)?;
        }
        if let Some(refused) = &self.refused {
            let rule = self.rule.as_deref().map_or("no rule matched".to_owned(), |rule| format!("by {rule}"));
            return writeln!(f, "refused {rule}: {} {} (SIP {})", refused.cause, refused.name, refused.sip);
        }
        let called = self.called_after.as_deref().unwrap_or_default();
        let reroute = self.reroute.as_deref().unwrap_or_default();
        writeln!(f, "by {}: called {called}, reroute {reroute}", self.rule.as_deref().unwrap_or_default())?;
        for (number, sent) in self.routes.iter().enumerate() {
            write!(f, "  {}. {}: called {} ({})", number + 1, sent.trunk, sent.called, sent.number_type)?;
            if let Some(calling) = &sent.calling {
                write!(f, ", calling {calling}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
