//! `tandem drain`: no new calls.

use super::Exit;
use super::gateway::{Reach, check, finish, strange};
use super::say::Say;
use crate::control::{Answer, Question, Request};

#[derive(Debug, clap::Args)]
pub(super) struct Drain {
    #[command(flatten)]
    reach: Reach,
    /// Wait until the last call has ended
    #[arg(long)]
    wait: bool,
}

impl Drain {
    pub(super) fn run(&self, say: &Say) -> Exit {
        finish(self.drain(say))
    }

    fn drain(&self, say: &Say) -> Result<Exit, Exit> {
        let mut client = self.reach.connect(say)?;
        let request = Request::Question(Question::Drain);
        let mut answer = check(say, client.ask(&request))?;
        while let Answer::Draining { calls } = &answer
            && self.wait
            && *calls > 0
        {
            answer = check(say, client.ask_later(&request))?;
        }
        let Answer::Draining { calls } = &answer else { return Err(strange(say)) };
        say.result(&answer, || format!("new calls are refused; {calls} live\n"));
        Ok(Exit::Ok)
    }
}
