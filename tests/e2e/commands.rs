//! The command line, the end by a signal, and what is shown meanwhile against what the docs say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use tests::io::lab::{binary, root};

use crate::report::{Outcome, Report};
use crate::{field, metrics};

/// Every check of it.
pub(crate) fn run(report: &mut Report) {
    report.case("shipped configs are right", shipped_configs());
    report.case("a mistake has its place and exit code", mistake());
    report.case("metrics are those in the docs", metrics::documented());
    report.case("SIGTERM drains and leaves nothing", drains());
}

fn tandem(words: &[&str]) -> Result<Output, String> {
    Command::new(binary()).args(words).output().map_err(|why| format!("{}: {why}", binary().display()))
}

fn check(config: &Path) -> Result<Output, String> {
    tandem(&["check", "-c", &config.display().to_string()])
}

fn shipped_configs() -> Outcome {
    let mut configs = vec![root().join("deploy/lab/tandem.yaml")];
    let examples = fs::read_dir(root().join("deploy/examples")).map_err(|why| why.to_string())?;
    let is_config = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.extension().is_some_and(|extension| extension == "yaml")
            && !name.ends_with("-plan.yaml")
            && !name.starts_with("exchange")
    };
    configs.extend(examples.filter_map(|entry| Some(entry.ok()?.path())).filter(is_config));
    for config in &configs {
        let run = check(config)?;
        if !run.status.success() {
            let said = [run.stdout, run.stderr].concat();
            return Err(format!("{}: {}", config.display(), String::from_utf8_lossy(&said)));
        }
    }
    Ok(format!("{} configs with their plans and the plans' tests", configs.len()))
}

fn mistake() -> Outcome {
    let config = field::config("mistake")?;
    let text = fs::read_to_string(&config).map_err(|why| why.to_string())?;
    let wrong = text.replace("hunt: descending", "hunt: decending").replace("side: user", "sides: user");
    fs::write(&config, wrong).map_err(|why| why.to_string())?;
    let run = check(&config)?;
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    if run.status.code() != Some(3) {
        return Err(format!("exit {:?}, not 3: {said}", run.status.code()));
    }
    for wanted in ["descending", "side", "tandem.yaml:"] {
        if !said.contains(wanted) {
            return Err(format!("does not say {wanted:?}: {said}"));
        }
    }
    Ok("both mistakes with file, line and the nearest word, exit 3".into())
}

/// A call is up when the signal comes: it may end, no other may begin, then the process is gone.
fn drains() -> Outcome {
    let mut gateway = field::start("drain")?;
    let mut call = field::caller("1234", 1, Duration::from_secs(4))?;
    let up = tests::io::wait::until(Duration::from_secs(5), || {
        gateway.metric("tandem_calls_active", "trunk=\"pstn\"").is_some_and(|calls| calls > 0.0)
    });
    if !up {
        return Err("no call came up".into());
    }
    gateway.child.ask_to_end();
    let refused = tests::io::wait::until(Duration::from_secs(2), || {
        tests::io::http::get(gateway.admin, "/readyz").is_ok_and(|(status, _)| status == 503)
    });
    let mut second = field::caller("1234", 1, Duration::ZERO)?;
    let second = second.wait(Duration::from_secs(20)).ok_or("the second call hangs")?;
    let first = call.wait(Duration::from_secs(20)).ok_or("the first call hangs")?;
    let ended = gateway.child.wait(Duration::from_secs(60)).ok_or("the gateway does not end")?;
    match (refused, first.success(), second.success(), ended.success()) {
        (true, true, false, true) => Ok("the live call ended by itself, a new one got none, exit 0".into()),
        seen => {
            Err(format!("not ready {seen:?} (503 on /readyz, first call good, second call good, exit 0)"))
        }
    }
}
