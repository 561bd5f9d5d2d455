//! The plan itself and the one engine that live calls, explanations and tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use call::{Cause, Number};
use mistakes::Mistake;

use crate::Name;
use crate::condition::Lists;
use crate::index::RuleIndex;
use crate::numbering::{Numbering, SendAs};
use crate::reroute::Reroute;
use crate::route::Route;
use crate::rule::{End, Rule, View};
use crate::trial::Trial;

/// A dial plan that loaded without a mistake.
#[derive(Debug)]
pub struct DialPlan {
    pub(crate) file: String,
    pub(crate) trunks: Vec<Trunk>,
    pub(crate) trunk_of: BTreeMap<Name, u16>,
    pub(crate) numberings: Vec<Numbering>,
    pub(crate) lists: Lists,
    pub(crate) routes: Vec<Route>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: RuleIndex,
    pub(crate) trials: Vec<Trial>,
    pub(crate) warnings: Vec<Mistake>,
}

/// What the plan knows of a trunk.
#[derive(Debug)]
pub(crate) struct Trunk {
    pub(crate) name: Name,
    pub(crate) numbering: Option<usize>,
    pub(crate) send: SendAs,
}

/// A call to be routed.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// The trunk it came from.
    pub from: &'q str,
    /// The number as it was dialled, with its type.
    pub dialled: Number,
    /// Who calls, if known.
    pub calling: Option<Number>,
    /// Chance for weighted routes: the same draw gives the same order.
    pub draw: u64,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Try these trunks in this order.
    Route {
        /// The rule that decided.
        rule: Name,
        /// The called number after the rules, in E.164 if it has such a form.
        called: Number,
        /// The calling number in E.164 if it has such a form.
        calling: Option<Number>,
        /// At least one.
        attempts: Vec<Attempt>,
        /// Whether a failed attempt is followed by the next.
        reroute: Arc<Reroute>,
    },
    /// Refuse it with this cause.
    Refuse {
        /// The rule that decided, `None` if none matched.
        rule: Option<Name>,
        /// Why, as the caller is told.
        cause: Cause,
    },
}

/// One trunk to try, and the numbers as that trunk wants them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The trunk's name.
    pub trunk: Name,
    /// The called number as sent.
    pub called: Number,
    /// The calling number as sent.
    pub calling: Option<Number>,
}

/// Said to the caller when no rule matches: no route to destination, Q.850 cause 3 (SIP 404).
pub(crate) const NO_RULE: Cause = Cause::NO_ROUTE;
/// Said when a rule leaves no digit, or more than a number can hold: invalid number format, Q.850 cause 28.
pub(crate) const NO_NUMBER: Cause = Cause::INVALID_NUMBER;

impl DialPlan {
    /// Where a call goes. Its cost follows the number's length, not the number of rules or prefixes; nothing
    /// is allocated but the list of attempts.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        self.follow(query, |_, _| ())
    }

    /// Decides, showing `meet` each rule that matched with the call as that rule left it.
    pub(crate) fn follow<'p>(&'p self, query: &Query<'_>, mut meet: impl FnMut(u32, &View<'p>)) -> Decision {
        let mut view = self.view(query);
        let mut first = 0;
        loop {
            let ask =
                |rule: u32| self.rule(rule).is_some_and(|rule| rule.when.unmet(&view, &self.lists).is_none());
            let found = self.index.find(&view.texts, &self.lists, first, ask);
            let Some((number, rule)) = found.and_then(|number| Some((number, self.rule(number)?))) else {
                return Decision::Refuse { rule: None, cause: NO_RULE };
            };
            let Some(rewritten) = rule.then.rewrite(view) else {
                return Decision::Refuse { rule: Some(rule.id.clone()), cause: NO_NUMBER };
            };
            view = rewritten;
            meet(number, &view);
            match rule.then.end {
                End::Next => first = number + 1,
                End::Reject(cause) => return Decision::Refuse { rule: Some(rule.id.clone()), cause },
                End::Route(route) => return self.attempts(rule, route, &view, query),
            }
        }
    }

    /// The call as the first rule sees it.
    pub(crate) fn view(&self, query: &Query<'_>) -> View<'_> {
        let from = self.trunk_of.get(query.from).copied();
        let numbering = from.and_then(|from| self.numbering(from));
        View::new(from, numbering, query.dialled, query.calling)
    }

    fn attempts(&self, rule: &Rule, route: usize, view: &View<'_>, query: &Query<'_>) -> Decision {
        let Some(route) = self.routes.get(route) else {
            return Decision::Refuse { rule: Some(rule.id.clone()), cause: NO_RULE };
        };
        let (order, used) = route.order(query.draw);
        let mut attempts = Vec::with_capacity(used);
        for number in order.iter().take(used) {
            let Some(trunk) = self.trunks.get(usize::from(*number)) else { continue };
            let numbering = self.numbering(*number);
            let calling = view.calling.zip(query.calling);
            attempts.push(Attempt {
                trunk: trunk.name.clone(),
                called: trunk.send.called(numbering, &view.called, &view.dialled),
                calling: calling.map(|(normal, received)| trunk.send.calling(numbering, &normal, &received)),
            });
        }
        Decision::Route {
            rule: rule.id.clone(),
            called: view.called,
            calling: view.calling,
            attempts,
            reroute: route.reroute.clone(),
        }
    }

    fn numbering(&self, trunk: u16) -> Option<&Numbering> {
        let trunk = self.trunks.get(usize::from(trunk))?;
        trunk.numbering.and_then(|numbering| self.numberings.get(numbering))
    }

    pub(crate) fn rule(&self, number: u32) -> Option<&Rule> {
        self.rules.get(number as usize)
    }

    /// What loaded but can hardly be meant: routes and lists nobody uses, a plan without tests.
    #[must_use]
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }

    /// The names of the trunks the plan knows.
    pub fn trunks(&self) -> impl Iterator<Item = &str> {
        self.trunks.iter().map(|trunk| trunk.name.as_ref())
    }

    /// The trunks that no rule takes a call from and no route leads to.
    pub fn idle_trunks(&self) -> impl Iterator<Item = &str> {
        let taken = |trunk: u16| {
            self.rules.iter().any(|rule| rule.when.from.as_ref().is_none_or(|from| from.contains(&trunk)))
        };
        let led_to = move |trunk: u16| {
            self.routes.iter().flat_map(|route| &route.entries).any(|entry| entry.trunk == trunk)
        };
        let numbered = (0..).zip(&self.trunks);
        numbered.filter(move |(number, _)| !taken(*number) && !led_to(*number)).map(|(_, trunk)| &*trunk.name)
    }

    /// The rules' names, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.id.as_ref())
    }

    /// How many tests the plan carries.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.trials.len()
    }
}
