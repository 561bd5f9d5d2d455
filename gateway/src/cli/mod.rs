//! The command line: one small file for each command.

mod call;
mod calls;
mod check;
mod completions;
mod demo;
mod drain;
mod gateway;
mod man;
mod records;
mod reload;
mod route;
mod run;
mod say;
mod schema;
mod trunks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use say::Say;

/// A SIP-to-PSTN media gateway and back-to-back user agent.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Place a call with speech through a gateway of its own, and say how it went; needs no config
    Demo(demo::Demo),
    /// Run the gateway
    Run(run::Run),
    /// Tell every mistake of a config and its dial plan, and run the plan's own tests
    Check(check::Check),
    /// Ask the dial plan
    #[command(subcommand)]
    Route(route::Route),
    /// Place a test call from the running gateway
    Call(call::Call),
    /// See and end the calls of the running gateway
    Calls(calls::Calls),
    /// See the trunks of the running gateway, take their channels in and out of service
    Trunks(trunks::Trunks),
    /// Call records
    #[command(subcommand)]
    Records(records::Records),
    /// Read the config again: all or nothing
    Reload(reload::Reload),
    /// Refuse new calls and let live ones end
    Drain(drain::Drain),
    /// Print the config's JSON schema, for editors
    Schema,
    /// Print a shell's completions
    Completions(completions::Completions),
    /// Print the manual, or write a page for each command
    Man(man::Man),
}

/// How a command ended; the numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    Invalid = 3,
    Unreachable = 4,
    NoRoute = 5,
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    let Cli { json, command } = Cli::parse();
    let say = Say { json };
    let exit = match command {
        Command::Demo(demo) => demo.run(&say),
        Command::Run(run) => run.run(&say),
        Command::Check(check) => check.run(&say),
        Command::Route(route) => route.run(&say),
        Command::Call(call) => call.run(&say),
        Command::Calls(calls) => calls.run(&say),
        Command::Trunks(trunks) => trunks.run(&say),
        Command::Records(records) => records.run(&say),
        Command::Reload(reload) => reload.run(&say),
        Command::Drain(drain) => drain.run(&say),
        Command::Schema => schema::run(&say),
        Command::Completions(completions) => completions.run(&say),
        Command::Man(man) => man.run(&say),
    };
    ExitCode::from(exit as u8)
}

/// Where the config is.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The config; tandem.yaml here, or else /etc/tandem/tandem.yaml, if not said
    #[arg(short, long = "config", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn path(&self) -> PathBuf {
        self.config.clone().unwrap_or_else(crate::io::files::default_config)
    }

    /// Loads it, or says everything that is wrong.
    fn load(&self, say: &Say) -> Result<crate::config::Loaded, Exit> {
        crate::io::files::load_config(&self.path()).map_err(|mistakes| {
            check::tell(say, &mistakes);
            Exit::Invalid
        })
    }
}

#[cfg(test)]
mod tests;
