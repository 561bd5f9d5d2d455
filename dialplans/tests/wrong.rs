//! Wrong plans and what is said of them: each `wrong/NAME.yaml` beside its `NAME.txt`.
//! `UPDATE_GOLDEN=1` redraws; read the difference.

use std::path::{Path, PathBuf};

use dialplans::{DialPlan, Surroundings};

/// What is said of a plan; `None` if it loads.
fn told(file: &Path) -> Option<String> {
    let text = std::fs::read_to_string(Path::new("tests/wrong").join(file)).ok()?;
    let read_file = |path: &Path| {
        let text = std::fs::read_to_string(Path::new("tests/wrong").join(path));
        text.map_err(|_| "no such file".to_owned())
    };
    let surroundings = Surroundings { trunks: None, read_file: &read_file };
    let mistakes = DialPlan::load(&file.display().to_string(), &text, &surroundings).err()?;
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Some(told.join("\n"))
}

fn plans() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("tests/wrong").into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| PathBuf::from(entry.file_name()))
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_wrong_plan_is_refused_with_what_is_wrong_and_what_would_be_right() {
    let plans = plans();
    assert!(plans.len() >= 40, "{} wrong plans", plans.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differing = Vec::new();
    for file in plans {
        let told = told(&file).unwrap_or_else(|| panic!("{} loads", file.display()));
        let golden = Path::new("tests/wrong").join(file.with_extension("txt"));
        if update {
            std::fs::write(&golden, &told).unwrap();
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(told.as_str()) {
            differing.push(format!("{}:\n{told}", golden.display()));
        }
    }
    assert!(differing.is_empty(), "UPDATE_GOLDEN=1 redraws these:\n\n{}", differing.join("\n"));
}
