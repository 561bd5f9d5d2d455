//! Reaching the running gateway.

use std::io;
use std::path::PathBuf;

use super::Exit;
use super::say::Say;
use crate::config::AdminConfig;
use crate::control::{Answer, Question, RefusedBecause, Request};
use crate::io::control::client::Client;

/// Says where the gateway answers.
const SOCKET_VARIABLE: &str = "TANDEM_SOCKET";

/// How the running gateway is reached.
#[derive(Debug, clap::Args)]
pub(super) struct Reach {
    /// The gateway's control socket; $TANDEM_SOCKET, or that of the config, if not said
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The gateway's config, to find its control socket
    #[arg(short, long, value_name = "FILE", conflicts_with = "socket")]
    config: Option<PathBuf>,
}

impl Reach {
    fn path(&self, say: &Say) -> Result<PathBuf, Exit> {
        if let Some(socket) = &self.socket {
            return Ok(socket.clone());
        }
        if let Some(config) = &self.config {
            let file = super::ConfigFile { config: Some(config.clone()) };
            return Ok(file.load(say)?.config.admin.control_socket);
        }
        let variable = std::env::var_os(SOCKET_VARIABLE).map(PathBuf::from);
        Ok(variable.unwrap_or_else(|| AdminConfig::default().control_socket))
    }

    pub(super) fn connect(&self, say: &Say) -> Result<Client, Exit> {
        let path = self.path(say)?;
        Client::connect(&path).map_err(|why| {
            let why = crate::io::files::plain(&why);
            say.wrong(&format!("no gateway answers at {}: {why}", path.display()));
            Exit::Unreachable
        })
    }

    /// Asks one question; a refusal is said and ends the command.
    pub(super) fn ask(&self, say: &Say, question: Question) -> Result<Answer, Exit> {
        self.request(say, &Request::Question(question))
    }

    pub(super) fn request(&self, say: &Say, request: &Request) -> Result<Answer, Exit> {
        let mut client = self.connect(say)?;
        check(say, client.ask(request))
    }
}

/// An answer that is none, or a refusal, is said and ends the command.
pub(super) fn check(say: &Say, answer: io::Result<Answer>) -> Result<Answer, Exit> {
    match answer {
        Ok(Answer::Refused { why, what }) => {
            say.wrong(&what);
            Err(match why {
                RefusedBecause::Invalid => Exit::Usage,
                RefusedBecause::NoRoute => Exit::NoRoute,
                RefusedBecause::NotFound
                | RefusedBecause::Unavailable
                | RefusedBecause::NotInThisVersion
                | RefusedBecause::Failed => Exit::Failed,
            })
        }
        Ok(answer) => Ok(answer),
        Err(why) => {
            say.wrong(&format!("the gateway went away: {}", crate::io::files::plain(&why)));
            Err(Exit::Unreachable)
        }
    }
}

/// A command's end, good or bad.
pub(super) fn finish(done: Result<Exit, Exit>) -> Exit {
    match done {
        Ok(exit) | Err(exit) => exit,
    }
}

/// An answer to another question than was asked.
pub(super) fn strange(say: &Say) -> Exit {
    say.wrong("the gateway is of another version: its answer makes no sense here");
    Exit::Failed
}

/// Rows in columns as wide as need be.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = head.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let head = head.map(str::to_owned);
    for row in std::iter::once(&head).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
