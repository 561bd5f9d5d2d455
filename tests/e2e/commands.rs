//! The command line: check, demo, and the end by a signal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tests::io::child::Child;
use tests::io::lab::{binary, material, root, scratch};

use crate::{Verdict, field, sipp, speech};

/// The least similarity of a good demo call.
const SIMILARITY_MIN: f64 = 0.95;
/// The least PESQ score of its recording.
const PESQ_MIN: f64 = 4.0;
/// How long the demo may take.
const DEMO: Duration = Duration::from_secs(90);

fn tandem(words: &[&str]) -> Result<Output, String> {
    Command::new(binary()).args(words).output().map_err(|why| format!("{}: {why}", binary().display()))
}

fn check(config: &Path) -> Result<Output, String> {
    tandem(&["check", "-c", &config.display().to_string()])
}

pub(crate) fn shipped_configs() -> Verdict {
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

pub(crate) fn mistake() -> Verdict {
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

/// Runs the demo on the shared speech; gives its result and the recording.
fn play(folder: &Path) -> Result<(Value, PathBuf), String> {
    let (said, heard) = (folder.join("demo.json"), folder.join("heard.wav"));
    let file = fs::File::create(&said).map_err(|why| why.to_string())?;
    let speech = material().join("speech/speech.wav");
    let mut command = Command::new(binary());
    command.arg("demo").arg("--json").arg("--play").arg(&speech).arg("--record").arg(&heard).stdout(file);
    let mut child = Child::start(&mut command).map_err(|why| why.to_string())?;
    let status = child.wait(DEMO).ok_or("the demo does not end")?;
    let text = fs::read_to_string(&said).map_err(|why| why.to_string())?;
    if !status.success() {
        return Err(format!("{status}: {text}"));
    }
    Ok((serde_json::from_str(&text).map_err(|why| format!("{why}: {text}"))?, heard))
}

pub(crate) fn demo() -> Verdict {
    let (result, _) = play(&scratch("e2e-demo").map_err(|why| why.to_string())?)?;
    let similarity = result["similarity"].as_f64().unwrap_or_default();
    if result["answered"] != true || similarity < SIMILARITY_MIN {
        return Err(format!("similarity {similarity}: {result}"));
    }
    Ok(format!("similarity {similarity:.4}, MOS {}, delay {} ms", result["mos"], result["delay_ms"]))
}

pub(crate) fn demo_speech() -> Verdict {
    let (_, heard) = play(&scratch("e2e-speech").map_err(|why| why.to_string())?)?;
    let score = speech::pesq(&material().join("speech/speech.wav"), &heard)?;
    if score >= PESQ_MIN {
        Ok(format!("PESQ-NB {score}"))
    } else {
        Err(format!("PESQ-NB {score}, below {PESQ_MIN}"))
    }
}

/// A call is up when the signal comes: it may end, no other may begin, then the process is gone.
pub(crate) fn drains() -> Verdict {
    let mut gateway = field::start("drain")?;
    let mut call = sipp::caller("1234", 1, Duration::from_secs(4))?;
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
    let mut second = sipp::caller("1234", 1, Duration::ZERO)?;
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
