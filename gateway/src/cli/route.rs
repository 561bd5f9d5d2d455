//! `tandem route explain` and `tandem route test`: what the dial plan does, and whether it should.

use call::Number;
use dialplans::{Query, Report};

use super::say::Say;
use super::{ConfigFile, Exit};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Route {
    /// Each rule tried and why it did or did not match, and what each trunk would be sent
    Explain(Explain),
    /// Run the plan's own tests, and say which rules none of them reaches
    Test(Test),
}

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    #[command(flatten)]
    file: ConfigFile,
    /// The trunk the call comes from
    #[arg(long, value_name = "TRUNK")]
    from: String,
    /// The calling number
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    calling: Option<Number>,
    /// Chance for weighted routes: the same draw gives the same order
    #[arg(long, default_value_t = 0)]
    draw: u64,
    /// The number dialled; a leading + makes it international
    #[arg(value_parser = number)]
    number: Number,
}

#[derive(Debug, clap::Args)]
pub(super) struct Test {
    #[command(flatten)]
    file: ConfigFile,
}

fn number(text: &str) -> Result<Number, String> {
    Number::parse(text).map_err(|wrong| wrong.to_string())
}

impl Route {
    pub(super) fn run(&self, say: &Say) -> Exit {
        match self {
            Self::Explain(explain) => explain.run(say),
            Self::Test(test) => test.run(say),
        }
    }
}

impl Explain {
    fn run(&self, say: &Say) -> Exit {
        let config = match self.file.load(say) {
            Ok(loaded) => loaded.config,
            Err(exit) => return exit,
        };
        if config.trunk(&self.from).is_none() {
            let known = config.trunks.iter().map(|trunk| trunk.name.as_str());
            let near = mistakes::nearest(&self.from, known);
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            say.wrong(&format!("there is no trunk {}{hint}", self.from));
            return Exit::Usage;
        }
        let query = Query { from: &self.from, dialled: self.number, calling: self.calling, draw: self.draw };
        let explanation = config.dialplan.explain(&query);
        say.result(&explanation, || explanation.to_string());
        if explanation.refused.is_some() { Exit::NoRoute } else { Exit::Ok }
    }
}

impl Test {
    fn run(&self, say: &Say) -> Exit {
        let config = match self.file.load(say) {
            Ok(loaded) => loaded.config,
            Err(exit) => return exit,
        };
        let report = config.dialplan.run_tests();
        say.result(&report, || format!("{}{}", told(&report), coverage(&report)));
        if report.passed() { Exit::Ok } else { Exit::Invalid }
    }
}

/// Which tests failed and how, and how many there were.
pub(super) fn told(report: &Report) -> String {
    let mut text = String::new();
    for result in report.results.iter().filter(|result| !result.failures.is_empty()) {
        text += &format!("failed: {} ({}:{})\n", result.name, report.file, result.line);
        for failure in &result.failures {
            text += &format!("  {failure}\n");
        }
    }
    let passed = report.results.iter().filter(|result| result.failures.is_empty()).count();
    text + &format!("{passed} of {} tests of the plan passed\n", report.results.len())
}

fn coverage(report: &Report) -> String {
    let reached = report.coverage.len() - report.uncovered();
    let mut text = format!("{reached} of {} rules are reached by a test\n", report.coverage.len());
    for rule in report.coverage.iter().filter(|rule| rule.tests == 0) {
        text += &format!("  not reached: {}\n", rule.rule);
    }
    text
}
