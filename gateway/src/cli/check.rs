//! `tandem check`: every mistake at once, and the plan's own tests.

use mistakes::Mistake;
use serde_json::json;

use super::say::Say;
use super::{ConfigFile, Exit, route};

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    file: ConfigFile,
}

impl Check {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let loaded = match self.file.load(say) {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        let report = loaded.config.dialplan.run_tests();
        let passed = report.passed();
        let object = json!({
            "valid": passed, "file": self.file.path(), "mistakes": loaded.warnings, "tests": report,
        });
        say.result(&object, || {
            let remarks: String = loaded.warnings.iter().map(|remark| format!("{remark}\n")).collect();
            let tests = route::told(&report);
            let trunks = loaded.config.trunks.len();
            let rules = loaded.config.dialplan.rules().count();
            let verdict = if passed { "no mistake" } else { "the plan fails its own tests" };
            let file = self.file.path();
            format!("{remarks}{tests}{}: {verdict}; {trunks} trunks, {rules} rules\n", file.display())
        });
        if passed { Exit::Ok } else { Exit::Invalid }
    }
}

/// Says everything wrong with a config.
pub(super) fn tell(say: &Say, mistakes: &[Mistake]) {
    if say.json {
        say.result(&json!({"valid": false, "mistakes": mistakes}), String::new);
        return;
    }
    for mistake in mistakes {
        say.aside(&format!("{mistake}\n"));
    }
    let wrong = mistakes.iter().filter(|mistake| mistake.severity == mistakes::Severity::Mistake).count();
    say.wrong(&format!("{wrong} mistake{}", if wrong == 1 { "" } else { "s" }));
}
