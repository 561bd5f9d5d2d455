//! Calls by SIPp, each judged by SIPp's own exit and by the gateway's call record.

mod cases;
mod script;

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tests::io::child::Child;
use tests::io::wait;

use self::cases::{CASES, Case, From};
use self::script::{Role, scenario};
use crate::house::{CARRIER_PORT, House, has};
use crate::report::{Outcome, Report};

/// The longest a case may take.
const CASE_MAX: Duration = Duration::from_secs(30);
/// How many cases without a carrier run at once.
const AT_ONCE: usize = 4;

/// Runs every case.
pub(crate) fn run(report: &mut Report) {
    if !has("sipp") {
        return report.case("SIPp is here", Err("apt-get install sip-tester".to_owned()));
    }
    let house = match House::open(1, &[]) {
        Ok(house) => house,
        Err(why) => return report.case("the gateway starts for SIPp", Err(why.to_string())),
    };
    // One carrier's port: those cases go one after the other. The others do not wait for them.
    let (carried, free): (Vec<_>, Vec<_>) =
        CASES.iter().enumerate().partition(|(_, case)| !case.callee.is_empty());
    let next = AtomicUsize::new(0);
    let one = |(index, case): &(usize, &Case)| (*index, tried(&house, *index, case));
    let mut outcomes: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let (free, next, one, carried) = (&free, &next, &one, &carried);
        let mut workers = vec![scope.spawn(move || carried.iter().map(one).collect::<Vec<_>>())];
        for _ in 0..AT_ONCE {
            workers.push(scope.spawn(move || {
                std::iter::from_fn(|| free.get(next.fetch_add(1, Ordering::Relaxed)).map(one)).collect()
            }));
        }
        workers.into_iter().flat_map(|worker| worker.join().expect("a case does not panic")).collect()
    });
    outcomes.sort_by_key(|(index, _)| *index);
    for (index, outcome) in outcomes {
        report.case(CASES[index].name, outcome);
    }
    report.leave("SIPp", house, None);
}

/// A case, tried.
fn tried(house: &House, index: usize, case: &Case) -> Outcome {
    let from = match case.from {
        From::Carrier => house.own(),
        From::Stranger => house.stranger(),
    };
    let port = 7000 + u16::try_from(index).map_err(|error| error.to_string())? * 4;
    let calling = format!("0{port}");
    let mut callee = None;
    if !case.callee.is_empty() {
        let at = SocketAddr::from((house.own(), CARRIER_PORT));
        let mut party = Party::start(house, index, case, Role::Callee, at, &calling)?;
        if !wait::until(CASE_MAX, || is_bound(at, case.transport) || !party.process.runs()) {
            return Err("SIPp did not open the carrier's port".to_owned());
        }
        callee = Some(party);
    }
    let caller = Party::start(house, index, case, Role::Caller, SocketAddr::from((from, port)), &calling)?;
    let callee_end = callee.map_or(Ok(()), Party::end);
    match (caller.end(), callee_end) {
        (Ok(()), Ok(())) => {}
        (Ok(()), Err(why)) | (Err(why), Ok(())) => return Err(why),
        (Err(caller), Err(callee)) => return Err(format!("{caller}\n{callee}")),
    }
    if case.record.is_empty() {
        return Ok(String::new());
    }
    matches(&house.record(&calling)?, case.record)
}

/// Whether a record holds what is wanted, as `path=value` words.
fn matches(record: &Value, wanted: &str) -> Outcome {
    for word in wanted.split(' ') {
        let (path, value) = word.split_once('=').expect("a wanted value has a name");
        let found = record.pointer(&format!("/{path}")).unwrap_or(&Value::Null);
        let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        if found != value {
            return Err(format!("the record's {path} is {found}, not {value}: {record}"));
        }
    }
    Ok(wanted.to_owned())
}

/// A running SIPp.
struct Party {
    process: Child,
    role: Role,
    said: std::path::PathBuf,
}

impl Party {
    fn start(
        house: &House,
        index: usize,
        case: &Case,
        role: Role,
        at: SocketAddr,
        calling: &str,
    ) -> Result<Self, String> {
        let stem = house.folder.join(format!("{index}-{role:?}"));
        let with = |extension: &str| stem.with_extension(extension);
        let script = if role == Role::Caller { case.caller } else { case.callee };
        fs::write(with("xml"), scenario(role, script)).map_err(|error| error.to_string())?;
        let said = File::create(with("out")).map_err(|error| error.to_string())?;
        let twin = said.try_clone().map_err(|error| error.to_string())?;
        let mut command = Command::new("sipp");
        command.arg(house.sip().to_string()).arg("-sf").arg(with("xml"));
        let media = 30_000 + at.port() % 1000 * 4 + if role == Role::Callee { 5000 } else { 0 };
        command.args(["-i", &at.ip().to_string(), "-p", &at.port().to_string(), "-mp", &media.to_string()]);
        command.args(["-s", case.called, "-key", "calling", calling, "-t", case.transport]);
        command.args(["-m", "1", "-l", "1", "-nostdin", "-timeout_error", "-max_retrans", "6"]);
        command
            .args(["-timeout", &format!("{}s", CASE_MAX.as_secs() - 5), "-trace_err", "-error_file"])
            .arg(with("err"));
        command.args(["-trace_msg", "-message_file"]).arg(with("msg"));
        command
            .current_dir(&house.folder)
            .env("TERM", "dumb")
            .stdout(Stdio::from(said))
            .stderr(Stdio::from(twin));
        let process = Child::start(&mut command).map_err(|error| format!("sipp: {error}"))?;
        Ok(Self { process, role, said: with("err") })
    }

    /// Its judgement.
    fn end(mut self) -> Result<(), String> {
        match self.process.wait(CASE_MAX) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("SIPp as {:?}: {status}: {}", self.role, tail(&self.said))),
            None => Err(format!("SIPp as {:?} did not end: {}", self.role, tail(&self.said))),
        }
    }
}

fn tail(file: &Path) -> String {
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(14).collect();
    lines.join(" | ")
}

/// Whether somebody has bound this address, as the kernel tells without being asked to bind it too.
fn is_bound(at: SocketAddr, transport: &str) -> bool {
    let table = if transport == "t1" { "/proc/net/tcp" } else { "/proc/net/udp" };
    let SocketAddr::V4(at) = at else { return false };
    let wanted = format!("{}:{:04X} ", hexadecimal(*at.ip()), at.port());
    fs::read_to_string(table).is_ok_and(|text| text.lines().any(|line| line.contains(&format!(": {wanted}"))))
}

fn hexadecimal(address: Ipv4Addr) -> String {
    format!("{:08X}", u32::from_le_bytes(address.octets()))
}
