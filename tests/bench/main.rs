//! Measures the product beside a bare forwarder of our own: `bench [WHAT…] [--json] [--quick]`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measuring program: it prints, looks at the clock, and may stop when something is off"
)]

mod callee;
mod caller;
mod figures;
mod forwarder;
mod product;
mod relay;
mod ring;
mod signalling;
mod text;
mod voice;

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::figures::Figure;
use crate::forwarder::Backend;
use crate::relay::Work;

/// Room for bursts, so that the generator never loses what the product sent.
const SOCKET_BUFFER_BYTES: usize = 8 << 20;

const ALL: [&str; 7] = ["signalling", "rate", "memory", "relay", "transcode", "instructions", "soak"];
const USAGE: &str = "usage: bench [signalling|rate|memory|relay|transcode|instructions|soak|floor|all]… [--json] \
                     [--quick] [--rate CALLS_A_SECOND] [--backend epoll|io_uring]";

/// A UDP socket on `local` with room for bursts.
fn socket(local: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(local)?;
    let reference = socket2::SockRef::from(&socket);
    reference.set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    reference.set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    Ok(socket)
}

struct Options {
    what: Vec<String>,
    json: bool,
    quick: bool,
    rate: Option<f64>,
    backends: Vec<Backend>,
}

fn options(words: &[String]) -> Option<Options> {
    let backends = vec![Backend::Epoll, Backend::Uring];
    let mut options = Options { what: Vec::new(), json: false, quick: false, rate: None, backends };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => options.json = true,
            "--quick" => options.quick = true,
            "--rate" => options.rate = Some(words.next()?.parse().ok()?),
            "--backend" => options.backends = vec![backend(words.next()?)?],
            "all" => options.what.extend(ALL.map(str::to_owned)),
            "floor" => options.what.push(word.clone()),
            other if ALL.contains(&other) => options.what.push(word.clone()),
            _ => return None,
        }
    }
    (!options.what.is_empty()).then_some(options)
}

fn backend(name: &str) -> Option<Backend> {
    [Backend::Epoll, Backend::Uring].into_iter().find(|backend| backend.name() == name)
}

fn measure(what: &str, options: &Options) -> io::Result<Vec<Figure>> {
    let (seconds, rounds) = if options.quick { (3, 1) } else { (10, 3) };
    let each = |measured: &dyn Fn(Backend) -> io::Result<Vec<Figure>>| {
        let figures: io::Result<Vec<_>> = options.backends.iter().map(|backend| measured(*backend)).collect();
        Ok(figures?.into_iter().flatten().collect())
    };
    match what {
        "signalling" => signalling::signalling(options.rate.unwrap_or(250.0), f64::from(seconds), rounds),
        "rate" => signalling::rate(options.rate.unwrap_or(1000.0), if options.quick { 10.0 } else { 60.0 }),
        "memory" => signalling::memory(if options.quick { 1000 } else { 5000 }),
        "relay" => each(&|backend| relay::cpu(Work::Relay, backend, 100, seconds, rounds)),
        "transcode" => each(&|backend| relay::cpu(Work::Transcode, backend, 100, seconds, rounds)),
        "instructions" => each(&|backend| relay::instructions(Work::Relay, backend, 40, 5)),
        "soak" => signalling::soak(if options.quick { 6000 } else { 60_000 }, options.rate.unwrap_or(400.0)),
        _ => floor(options),
    }
}

/// The forwarder against the generators alone: what the instruments themselves can do.
fn floor(options: &Options) -> io::Result<Vec<Figure>> {
    let rate = options.rate.unwrap_or(1000.0);
    let mut figures = signalling::floor(rate)?;
    for backend in &options.backends {
        figures.extend(relay::floor(*backend, 100, 5)?);
    }
    Ok(figures)
}

/// Sockets for thousands of calls, for us and for the children that inherit it.
fn raise_descriptor_limit() -> io::Result<()> {
    const WANTED: u64 = 1 << 18;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if setrlimit(Resource::RLIMIT_NOFILE, WANTED, WANTED.max(hard)).is_err() {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(())
}

fn run(words: &[String]) -> io::Result<bool> {
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["forward-signalling", here, caller, callee] => {
            let at = forwarder::address;
            forwarder::signalling(at(here)?, at(caller)?, at(callee)?).map(|()| true)
        }
        ["forward-voice", kind, here, caller, callee, calls] => {
            let at = forwarder::address;
            let kind = backend(kind).ok_or_else(|| io::Error::other(USAGE))?;
            let calls = calls.parse().map_err(|_| io::Error::other(USAGE))?;
            forwarder::voice(kind, &forwarder::pairs(at(here)?, at(caller)?, at(callee)?, calls))
                .map(|()| true)
        }
        _ => {
            let options = options(words).ok_or_else(|| io::Error::other(USAGE))?;
            raise_descriptor_limit()?;
            let mut figures = Vec::new();
            for what in &options.what {
                let measured = measure(what, &options)?;
                if !options.json {
                    measured.iter().for_each(|figure| println!("{}", figure.line()));
                }
                figures.extend(measured);
            }
            if options.json {
                println!("{}", serde_json::to_string_pretty(&figures)?);
            }
            Ok(figures.iter().all(|figure| figure.kept != Some(false)))
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}
