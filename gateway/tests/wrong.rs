//! Wrong configs and what is said of them: each `wrong/NAME.yaml` beside its `NAME.txt`.
//! `UPDATE_GOLDEN=1` redraws; read the difference.

use std::path::{Path, PathBuf};

use gateway::io::files::load_config;

fn configs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("tests/wrong").into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_wrong_config_is_refused_with_what_is_wrong_and_what_would_be_right() {
    let configs = configs();
    assert!(configs.len() >= 40, "{} wrong configs", configs.len());
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut differing = Vec::new();
    for file in configs {
        let Err(found) = load_config(&file) else { panic!("{} loads", file.display()) };
        let told = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let golden = file.with_extension("txt");
        if update {
            std::fs::write(&golden, &told).unwrap();
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(told.as_str()) {
            differing.push(format!("{}:\n{told}", golden.display()));
        }
    }
    assert!(differing.is_empty(), "UPDATE_GOLDEN=1 redraws these:\n\n{}", differing.join("\n"));
}

#[test]
fn every_shipped_config_loads_and_its_plan_passes_its_tests() {
    for file in ["lab/tandem.yaml", "examples/enterprise.yaml", "examples/interconnect.yaml"] {
        let loaded = load_config(&Path::new("../deploy").join(file))
            .unwrap_or_else(|found| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()));
        assert!(loaded.config.dialplan.run_tests().passed(), "{file}");
    }
}

#[test]
fn the_lab_loads_without_a_remark_and_its_plan_passes_its_tests() {
    let loaded = load_config(Path::new("../deploy/lab/tandem.yaml"))
        .unwrap_or_else(|found| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()));
    let remarks: String = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(remarks, "");
    assert!(loaded.config.dialplan.run_tests().passed());
    let trunks: Vec<_> =
        loaded.config.trunks.iter().map(|trunk| (trunk.name.as_str(), trunk.kind.word())).collect();
    assert_eq!(trunks, [("carrier", "sip"), ("pstn", "isdn")]);
}
