//! The `tandem` command itself, run as a person would: the gateway starts, takes test calls, is looked at,
//! reloaded and drained, and every command ends with its documented exit code.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const TANDEM: &str = env!("CARGO_BIN_EXE_tandem");

/// A gateway on ports of its own.
struct Lab {
    child: Child,
    folder: PathBuf,
    config: PathBuf,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_or(0, |local| local.port())
}

/// The shipped lab on other ports and in another folder.
fn start(name: &str) -> Lab {
    let folder = std::env::temp_dir().join(format!("tandem-command-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let project = Path::new("..").canonicalize().expect("the project");
    let lab = project.join("deploy/lab");
    let text = std::fs::read_to_string(lab.join("tandem.yaml")).expect("the lab");
    let text = text
        .replace(":5060", &format!(":{}", free_port()))
        .replace(":9060", &format!(":{}", free_port()))
        .replace("20000-29999", "41000-41999")
        .replace("/tmp/tandem-lab", &folder.display().to_string())
        .replace("exchange: exchange.yaml", &format!("exchange: {}", lab.join("exchange.yaml").display()))
        .replace("../../dialplans", &project.join("dialplans").display().to_string());
    let config = folder.join("tandem.yaml");
    std::fs::write(&config, text).expect("a config");
    let child = Command::new(TANDEM).args(["run", "-c"]).arg(&config).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("a gateway");
    let log = child.stderr.take().expect("its log");
    let mut lines = BufReader::new(log).lines();
    assert!(
        lines.any(|line| line.is_ok_and(|line| line.contains("console and metrics"))),
        "it did not start"
    );
    std::thread::Builder::new().spawn(move || lines.for_each(drop)).expect("a thread");
    Lab { child, folder, config }
}

impl Lab {
    fn tandem(&self, words: &str) -> (Option<i32>, String, String) {
        let socket = self.folder.join("control.sock");
        let output = Command::new(TANDEM).args(words.split(' ')).env("TANDEM_SOCKET", socket).output();
        told(&output.expect("an answer"))
    }

    fn json(&self, words: &str) -> Value {
        let (exit, out, err) = self.tandem(&format!("--json {words}"));
        assert_eq!(exit, Some(0), "{words}: {err}");
        serde_json::from_str(out.lines().next().unwrap_or_default()).expect("an object")
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        let cleared = std::fs::remove_dir_all(&self.folder);
        assert!(std::thread::panicking() || (ended.is_ok() && cleared.is_ok()));
    }
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_gateway_is_run_called_looked_at_reloaded_and_drained() {
    let mut lab = start("whole");
    let call = lab.json("call --to 1500 --hold 0");
    assert_eq!(call["record"]["outcome"], "answered");
    assert_eq!(call["record"]["attempts"][0]["trunk"], "pstn");
    assert!(call["ladder"]["steps"].as_array().is_some_and(|steps| steps.len() >= 4), "{call}");
    assert_eq!(lab.tandem("call --to 19017 --expect 17").0, Some(0));
    assert_eq!(lab.tandem("call --to 19017").0, Some(1));
    assert_eq!(lab.tandem("call --to 1500 --via nowhere").0, Some(1));
    assert_eq!(lab.tandem("call --to 9").0, Some(5));
    let id = call["record"]["id"].as_str().unwrap_or_default().to_owned();
    assert!(lab.tandem(&format!("calls ladder {id}")).1.contains("CONNECT"));
    assert_eq!(lab.json(&format!("calls show {id}"))["call"]["state"], "ended");
    assert_eq!(lab.json("calls")["total"], 0);
    assert_eq!(lab.json("records tail -n 1")["end"], Value::Null);
    let (_, records, _) = lab.tandem("records tail");
    assert!(records.contains("[pstn] busy"), "{records}");

    lab.json("trunks block pstn 1.31");
    let trunk = lab.json("trunks show pstn");
    let blocked = trunk["trunk"]["channels"].as_array().expect("channels").iter();
    assert_eq!(blocked.filter(|channel| channel["state"] == "blocked").count(), 1);
    lab.json("trunks unblock pstn");
    assert_eq!(lab.tandem("trunks show nowhere").0, Some(1));

    assert_eq!(lab.json("reload --dry-run")["dry_run"], true);
    assert_eq!(lab.json("reload")["dry_run"], false);
    let text = std::fs::read_to_string(&lab.config).expect("the config");
    std::fs::write(&lab.config, text.replace("node: lab", "nod: lab")).expect("a mistake");
    let (exit, _, said) = lab.tandem("reload");
    assert_eq!(exit, Some(3));
    assert!(said.contains("did you mean `node`?") && said.contains("the old config stays"), "{said}");

    assert_eq!(lab.json("drain --wait")["calls"], 0);
    let (exit, _, said) = lab.tandem("call --to 1500");
    assert!(exit == Some(1) && said.contains("draining"), "{said}");
    let pid = nix::unistd::Pid::from_raw(i32::try_from(lab.child.id()).expect("a pid"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("a signal");
    assert!(lab.child.wait().is_ok_and(|status| status.success()));
    assert!(!lab.folder.join("control.sock").exists());
    assert_eq!(lab.tandem("calls").0, Some(4));
}

#[test]
fn commands_without_a_gateway_end_with_their_documented_codes() {
    let tandem = |words: &str| {
        let output = Command::new(TANDEM).args(words.split(' ')).env_remove("TANDEM_SOCKET").output();
        told(&output.expect("an answer"))
    };
    let lab = "-c ../deploy/lab/tandem.yaml";
    assert_eq!(tandem(&format!("check {lab}")).0, Some(0));
    assert_eq!(tandem(&format!("route test {lab}")).0, Some(0));
    assert_eq!(tandem(&format!("route explain {lab} --from carrier 1000")).0, Some(0));
    assert_eq!(tandem(&format!("route explain {lab} --from carrier 9")).0, Some(5));
    assert_eq!(tandem(&format!("route explain {lab} --from carier 9")).0, Some(2));
    assert_eq!(tandem("check -c tests/wrong/probe.yaml").0, Some(3));
    assert_eq!(tandem("run -c tests/wrong/probe.yaml").0, Some(3));
    assert_eq!(tandem("calls --socket /nowhere").0, Some(4));
    assert_eq!(tandem("dance").0, Some(2));
    let (exit, mistakes, _) = tandem("check --json -c tests/wrong/probe.yaml");
    let mistakes: Value = serde_json::from_str(&mistakes).expect("an object");
    assert_eq!((exit, mistakes["mistakes"][0]["line"].as_u64()), (Some(3), Some(8)));
    let schema: Value = serde_json::from_str(&tandem("schema").1).expect("a schema");
    assert_eq!(schema["title"], "tandem.yaml");
    assert!(tandem("completions zsh").1.contains("#compdef tandem"));
    assert!(tandem("man").1.contains(".TH"));
}
