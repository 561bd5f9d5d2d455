//! A process we started: what it costs, and its end by its own id.

use std::fs;
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use super::wait;

/// How long a process may take to end after it was asked to.
const END_SECONDS_MAX: Duration = Duration::from_secs(10);

/// A running child; dropped, it is ended.
#[derive(Debug)]
pub struct Child {
    inner: std::process::Child,
}

impl Child {
    /// Starts `command`, its standard input closed.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        Ok(Self { inner: command.stdin(Stdio::null()).spawn()? })
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.inner.id()).expect("a process id fits"))
    }

    /// User and system time of all its threads so far, dead ones included.
    pub fn cpu(&self) -> Duration {
        let clock = clock_getcpuclockid(self.pid()).expect("the child runs");
        clock_gettime(clock).expect("a process has a CPU clock").into()
    }

    /// Resident memory, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id())).map_or(0, Iterator::count)
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.inner.try_wait(), Ok(None))
    }

    /// Waits for its end, at most `limit`; `None` if it still runs then.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let mut status = None;
        wait::until(limit, || {
            status = self.inner.try_wait().ok().flatten();
            status.is_some()
        });
        status
    }

    /// Asks it to end (SIGTERM).
    pub fn ask_to_end(&mut self) {
        if self.runs() {
            // A child that ended in between needs no signal.
            kill(self.pid(), Signal::SIGTERM).ok();
        }
    }

    /// Asks it to end, insists after a while, and gives its status.
    pub fn end(&mut self) -> Option<ExitStatus> {
        self.ask_to_end();
        self.wait(END_SECONDS_MAX).or_else(|| {
            drop(self.inner.kill());
            self.inner.wait().ok()
        })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.runs() {
            drop(self.inner.kill());
            drop(self.inner.wait());
        }
    }
}
