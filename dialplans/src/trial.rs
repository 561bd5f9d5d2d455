//! The plan's own tests: calls put to the live engine, replies scripted by trunk, expectations compared.

use std::fmt::{self, Display};

use call::{Cause, Number, NumberType};
use serde::Serialize;

use crate::Name;
use crate::numbering::type_word;
use crate::plan::{Decision, DialPlan, Query};
use crate::reroute::Failure;

/// One call and what is expected of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) name: String,
    pub(crate) line: u32,
    pub(crate) from: Name,
    pub(crate) dialled: Number,
    pub(crate) calling: Option<Number>,
    pub(crate) draw: u64,
    /// How each trunk replies; one not named answers.
    pub(crate) replies: Vec<(Name, Reply)>,
    pub(crate) expect: Expected,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    Answer,
    Fail(Failure),
}

/// What a test says of the outcome; what it does not say may be anything.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// `Some(None)`: no rule is to match.
    pub(crate) rule: Option<Option<Name>>,
    pub(crate) called: Option<String>,
    pub(crate) calling: Option<String>,
    pub(crate) tried: Option<Vec<Name>>,
    pub(crate) sent: Vec<(Name, SentExpected)>,
    pub(crate) end: Option<Final>,
}

/// What a trunk is to be sent. Digits, and whether a `+` was written before them.
#[derive(Debug)]
pub(crate) struct SentExpected {
    pub(crate) called: Option<(String, bool)>,
    pub(crate) calling: Option<(String, bool)>,
    pub(crate) number_type: Option<NumberType>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Final {
    Answer,
    Failed { sip: Option<u16>, cause: Option<u8> },
}

/// The outcome of a plan's tests.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The plan's file.
    pub file: String,
    /// Each test, in order.
    pub results: Vec<TestResult>,
    /// Each rule, in order, and how many tests it matched in.
    pub coverage: Vec<Coverage>,
}

/// The outcome of one test.
#[derive(Clone, Debug, Serialize)]
pub struct TestResult {
    /// Its name in the plan.
    pub name: String,
    /// The line it stands on.
    pub line: u32,
    /// What differed from what was expected; empty when it passed.
    pub failures: Vec<String>,
}

/// How often a rule matched.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The rule.
    pub rule: String,
    /// In how many of the tests it matched.
    pub tests: usize,
}

impl Report {
    /// Whether every test passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.results.iter().all(|result| result.failures.is_empty())
    }

    /// How many rules no test reaches.
    #[must_use]
    pub fn uncovered(&self) -> usize {
        self.coverage.iter().filter(|rule| rule.tests == 0).count()
    }
}

impl DialPlan {
    /// Runs every test of the plan.
    #[must_use]
    pub fn run_tests(&self) -> Report {
        let mut hits = vec![0usize; self.rules.len()];
        let results = self.trials.iter().map(|trial| self.run(trial, &mut hits)).collect();
        let coverage = self.rules.iter().zip(hits);
        Report {
            file: self.file.clone(),
            results,
            coverage: coverage.map(|(rule, tests)| Coverage { rule: rule.id.to_string(), tests }).collect(),
        }
    }

    fn run(&self, trial: &Trial, hits: &mut [usize]) -> TestResult {
        let query =
            Query { from: &trial.from, dialled: trial.dialled, calling: trial.calling, draw: trial.draw };
        let decision = self.follow(&query, |rule, _| {
            if let Some(hits) = hits.get_mut(rule as usize) {
                *hits += 1;
            }
        });
        let outcome = Outcome::of(&decision, trial);
        let mut differences = Differences(Vec::new());
        outcome.compare(&trial.expect, &decision, &mut differences);
        TestResult { name: trial.name.clone(), line: trial.line, failures: differences.0 }
    }
}

/// What a call came to, with the replies of the test.
struct Outcome<'d> {
    rule: Option<&'d Name>,
    tried: Vec<&'d Name>,
    /// `None` when it was answered.
    failure: Option<Failure>,
}

impl<'d> Outcome<'d> {
    fn of(decision: &'d Decision, trial: &Trial) -> Self {
        let (rule, attempts, reroute) = match decision {
            Decision::Refuse { rule, cause } => {
                let failure = Some(Failure::of_cause(*cause));
                return Self { rule: rule.as_ref(), tried: Vec::new(), failure };
            }
            Decision::Route { rule, attempts, reroute, .. } => (rule, attempts, reroute),
        };
        let mut outcome = Self { rule: Some(rule), tried: Vec::new(), failure: None };
        for attempt in attempts {
            outcome.tried.push(&attempt.trunk);
            let reply = trial.replies.iter().find(|(trunk, _)| *trunk == attempt.trunk);
            match reply.map_or(Reply::Answer, |(_, reply)| *reply) {
                Reply::Answer => {
                    outcome.failure = None;
                    break;
                }
                Reply::Fail(failure) => {
                    outcome.failure = Some(failure);
                    if !reroute.tries_next(&failure) {
                        break;
                    }
                }
            }
        }
        outcome
    }

    fn compare(&self, expect: &Expected, decision: &Decision, differences: &mut Differences) {
        if let Some(rule) = &expect.rule {
            let word = |rule: Option<&Name>| rule.map_or("none".to_owned(), ToString::to_string);
            differences.unless_same("rule", word(rule.as_ref()), word(self.rule));
        }
        if let Some(tried) = &expect.tried {
            let words = |names: &[&Name]| {
                let names: Vec<&str> = names.iter().map(|name| name.as_ref()).collect();
                format!("[{}]", names.join(", "))
            };
            differences.unless_same("tried", words(&tried.iter().collect::<Vec<_>>()), words(&self.tried));
        }
        if let Some(end) = expect.end {
            self.compare_final(end, differences);
        }
        let (called, calling, attempts) = match decision {
            Decision::Route { called, calling, attempts, .. } => {
                (Some(*called), *calling, attempts.as_slice())
            }
            Decision::Refuse { .. } => (None, None, [].as_slice()),
        };
        let written = |number: Option<Number>| number.map_or("none".into(), |n| n.dialled().to_string());
        if let Some(expected) = &expect.called {
            differences.unless_same("called", expected, written(called));
        }
        if let Some(expected) = &expect.calling {
            differences.unless_same("calling", expected, written(calling));
        }
        for (trunk, sent) in &expect.sent {
            let Some(attempt) = attempts.iter().find(|attempt| attempt.trunk == *trunk) else {
                differences.0.push(format!("sent: {trunk} is not among the routes"));
                continue;
            };
            if let Some(called) = &sent.called {
                differences.unless_sent(&format!("sent.{trunk}.called"), called, Some(attempt.called));
            }
            if let Some(calling) = &sent.calling {
                differences.unless_sent(&format!("sent.{trunk}.calling"), calling, attempt.calling);
            }
            if let Some(number_type) = sent.number_type {
                let (expected, actual) = (type_word(number_type), type_word(attempt.called.number_type));
                differences.unless_same(&format!("sent.{trunk}.type"), expected, actual);
            }
        }
    }

    fn compare_final(&self, expected: Final, differences: &mut Differences) {
        let actual = |failure: &Failure| format!("{{sip: {}, cause: {}}}", failure.status(), failure.cause);
        match (expected, &self.failure) {
            (Final::Answer, None) => {}
            (Final::Answer, Some(failure)) => {
                differences.unless_same("final", "answer", actual(failure));
            }
            (Final::Failed { .. }, None) => {
                differences.unless_same("final", "a failure", "answer");
            }
            (Final::Failed { sip, cause }, Some(failure)) => {
                if let Some(sip) = sip {
                    differences.unless_same("final.sip", sip, failure.status());
                }
                if let Some(cause) = cause {
                    let (expected, actual) = (cause, failure.cause);
                    if expected != actual.value() {
                        let name = |value| Cause::new(value, actual.location()).map_or("", Cause::name);
                        let expected = format!("{expected} {}", name(expected));
                        differences.unless_same("final.cause", expected, actual);
                    }
                }
            }
        }
    }
}

struct Differences(Vec<String>);

impl Differences {
    fn unless_same(&mut self, what: &str, expected: impl Display, actual: impl Display) {
        let (expected, actual) = (expected.to_string(), actual.to_string());
        if expected != actual {
            self.0.push(format!("{what}: expected {expected}, got {actual}"));
        }
    }

    /// Digits must agree; a `+` written in the test also asks for the international type.
    fn unless_sent(&mut self, what: &str, (digits, plus): &(String, bool), actual: Option<Number>) {
        let same = actual.is_some_and(|number| number.digits() == digits && (!plus || number.is_e164()));
        if !same {
            let plus = if *plus { "+" } else { "" };
            let actual = actual.map_or("none".to_owned(), |number| number.dialled().to_string());
            self.0.push(format!("{what}: expected {plus}{digits}, got {actual}"));
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            let word = if result.failures.is_empty() { "ok    " } else { "FAILED" };
            writeln!(f, "{word} {} ({}:{})", result.name, self.file, result.line)?;
            for failure in &result.failures {
                writeln!(f, "         {failure}")?;
            }
        }
        let failed = self.results.iter().filter(|result| !result.failures.is_empty()).count();
        let covered = self.coverage.len() - self.uncovered();
        writeln!(
            f,
            "{} tests, {failed} failed; {covered} of {} rules covered",
            self.results.len(),
            self.coverage.len()
        )?;
        for rule in self.coverage.iter().filter(|rule| rule.tests == 0) {
            writeln!(f, "  no test reaches `{}`", rule.rule)?;
        }
        Ok(())
    }
}
