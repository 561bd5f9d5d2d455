//! The shipped plans load without a warning and pass their own tests.

use dialplans::{DialPlan, Surroundings};

fn plan(name: &str) -> Result<DialPlan, String> {
    let file = format!("plans/{name}.yaml");
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let told = |mistakes: Vec<mistakes::Mistake>| mistakes.iter().map(ToString::to_string).collect();
    DialPlan::load(&file, &text, &Surroundings::alone()).map_err(told)
}

#[test]
fn every_shipped_plan_loads_without_a_warning_passes_its_tests_and_tests_every_rule() {
    let mut seen = 0;
    for entry in std::fs::read_dir("plans").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let plan = plan(&name).unwrap();
        let warnings: Vec<String> = plan.warnings().iter().map(ToString::to_string).collect();
        assert!(warnings.is_empty(), "{}", warnings.join("\n"));
        let report = plan.run_tests();
        assert!(report.passed(), "{report}");
        assert_eq!(report.uncovered(), 0, "{report}");
        seen += 1;
    }
    assert!(seen >= 2);
}

#[test]
fn the_trunks_of_the_lab_are_those_of_its_config() {
    assert_eq!(plan("lab").unwrap().trunks().collect::<Vec<_>>(), ["carrier", "pstn"]);
}
