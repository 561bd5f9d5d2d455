//! What the process uses, as `/proc` tells it: the usual `process_*` metrics.

use std::fs;
use std::sync::atomic::AtomicU64;

use nix::sys::resource::{Resource, getrlimit};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Ticks of processor time in a second, as user space sees them on every architecture (`USER_HZ`).
const TICKS: f64 = 100.0;

type Real = Gauge<f64, AtomicU64>;

/// A registry of the process as it is now; what cannot be read is left out.
pub(super) fn registry() -> Registry {
    let mut registry = Registry::default();
    if let Some(used) = Used::now() {
        let seconds: Counter<f64, AtomicU64> = Counter::default();
        seconds.inc_by(used.cpu_seconds);
        registry.register("process_cpu_seconds", "Processor time used", seconds);
        gauge(&mut registry, "process_resident_memory_bytes", "Memory in use", used.resident_bytes);
        gauge(&mut registry, "process_virtual_memory_bytes", "Address space in use", used.virtual_bytes);
        gauge(&mut registry, "process_threads", "Threads", used.threads);
        if let Some(started) = used.started_seconds {
            gauge(&mut registry, "process_start_time_seconds", "Start, in seconds since 1970", started);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        gauge(&mut registry, "process_open_fds", "Open file descriptors", real(open.count() as u64));
    }
    if let Ok((soft, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
        gauge(&mut registry, "process_max_fds", "The most open file descriptors", real(soft));
    }
    registry
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Real::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

struct Used {
    cpu_seconds: f64,
    resident_bytes: f64,
    virtual_bytes: f64,
    threads: f64,
    started_seconds: Option<f64>,
}

impl Used {
    /// From `/proc/self/stat`, proc(5): fields are counted from 1, and the second, the name, ends with `)`.
    fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_ascii_whitespace().next()?.parse::<u64>().ok()
        };
        let booted = boot_seconds();
        Some(Self {
            cpu_seconds: real(field(14)? + field(15)?) / TICKS,
            threads: real(field(20)?),
            started_seconds: booted.zip(field(22)).map(|(booted, after)| booted + real(after) / TICKS),
            virtual_bytes: real(field(23)?),
            resident_bytes: real(kilobytes("VmRSS:")?) * 1024.0,
        })
    }
}

fn boot_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers anyway")]
fn real(value: u64) -> f64 {
    value as f64
}
