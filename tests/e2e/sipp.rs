//! Calls placed and taken by SIPp, an implementation that shares nothing with ours.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::io::child::Child;
use tests::io::lab::{Gateway, root, scratch};
use tests::io::wait;

use crate::Verdict;
use crate::field;

/// How long a run of SIPp may take.
const RUN: Duration = Duration::from_secs(60);

fn sipp(name: &str, arguments: &[&str]) -> Result<Child, String> {
    let folder = scratch(&format!("sipp-{name}")).map_err(|why| why.to_string())?;
    let log = fs::File::create(folder.join("screen.log")).map_err(|why| why.to_string())?;
    let mut command = Command::new("sipp");
    command.args(["-nostdin", "-i", "127.0.0.1", "-timeout", "50s", "-timeout_error"]).args(arguments);
    command.current_dir(folder).stdout(log).stderr(Stdio::null());
    Child::start(&mut command).map_err(|why| format!("sipp: {why}"))
}

/// SIPp's own caller: so many calls to a number, each held for `hold`.
pub(crate) fn caller(number: &str, calls: u32, hold: Duration) -> Result<Child, String> {
    let target = field::local(field::SIP_PORT).to_string();
    let (calls, hold) = (calls.to_string(), hold.as_millis().to_string());
    sipp(
        &format!("caller-{number}-{hold}"),
        &["-sn", "uac", "-s", number, &target, "-m", &calls, "-r", "20", "-d", &hold],
    )
}

fn good(mut child: Child, what: &str) -> Result<(), String> {
    match child.wait(RUN) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{what}: {status}")),
        None => Err(format!("{what} does not end")),
    }
}

fn at_rest(gateway: &Gateway) -> Result<(), String> {
    let idle = || {
        gateway.metric("tandem_calls_active", "") == Some(0.0)
            && gateway.metric("tandem_rtp_ports_in_use", "") == Some(0.0)
    };
    if wait::until(Duration::from_secs(10), idle) {
        Ok(())
    } else {
        Err("something is held after the calls".into())
    }
}

pub(crate) fn to_exchange() -> Verdict {
    let mut gateway = field::start("sipp-exchange")?;
    good(caller("1000", 20, Duration::from_millis(500))?, "calls to 1000")?;
    good(caller("1234", 20, Duration::from_millis(200))?, "calls to 1234")?;
    at_rest(&gateway)?;
    field::still_well(&mut gateway)?;
    Ok("40 calls through the E1".into())
}

pub(crate) fn causes() -> Verdict {
    let mut gateway = field::start("sipp-causes")?;
    let scenario = fs::read_to_string(root().join("tests/e2e/refused.xml")).map_err(|why| why.to_string())?;
    let folder = scratch("sipp-scenarios").map_err(|why| why.to_string())?;
    let target = field::local(field::SIP_PORT).to_string();
    let families = [
        (17, 486),
        (1, 404),
        (18, 408),
        (21, 403),
        (28, 484),
        (34, 503),
        (65, 488),
        (79, 501),
        (102, 504),
        (127, 500),
    ];
    for (cause, status) in families {
        let path = folder.join(format!("{status}.xml"));
        fs::write(&path, scenario.replace("STATUS", &status.to_string())).map_err(|why| why.to_string())?;
        let (number, path) = (format!("19{cause:03}"), path.display().to_string());
        let run = sipp(
            &format!("refused-{status}"),
            &["-sf", &path, "-s", &number, &target, "-m", "3", "-r", "10"],
        )?;
        good(run, &format!("cause {cause} as {status}"))?;
    }
    at_rest(&gateway)?;
    field::still_well(&mut gateway)?;
    Ok(format!("{} causes, each with its status", families.len()))
}

pub(crate) fn to_carrier() -> Verdict {
    let mut gateway = field::start("sipp-carrier")?;
    let port = field::CARRIER_PORT.to_string();
    let mut carrier = sipp("carrier", &["-sn", "uas", "-p", &port, "-m", "40"])?;
    good(caller("2000", 40, Duration::from_millis(300))?, "calls to 2000")?;
    let took = carrier.wait(Duration::from_secs(10)).is_some_and(|status| status.success());
    at_rest(&gateway)?;
    field::still_well(&mut gateway)?;
    if took {
        Ok("40 calls, SIP on both sides".into())
    } else {
        Err("the carrier did not take 40 calls".into())
    }
}
