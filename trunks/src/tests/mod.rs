//! A trunk and its far end in virtual time, and what a gateway would see of them.

mod blocks;
mod clearing;
mod deadlines;
mod glare;
pub(crate) mod golden;
mod hunting;
mod lab;
mod limits;
mod overlap;
mod scripts;
mod spans;
mod states;
mod storm;
mod voice;

use std::time::{Duration, Instant};

use call::{Cause, Number, Setup, Signal};
use media::Law;

use crate::sim::{Exchange, Script};
use crate::{ChannelId, Config, Layout, Output, Refusal, Signalling, Span, Trunk};

/// A trunk whose outputs are kept, and written down as `seconds channel what`.
pub(crate) struct World {
    pub(crate) trunk: Trunk,
    pub(crate) start: Instant,
    pub(crate) now: Instant,
    pub(crate) log: Vec<String>,
    pub(crate) outputs: Vec<Output>,
}

#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
pub(crate) fn some_instant() -> Instant {
    Instant::now()
}

pub(crate) fn e1() -> Config {
    Config::new(vec![Span::whole(Layout::E1)])
}

/// A config with these channels of an E1 only.
pub(crate) fn channels(list: &str) -> Config {
    let slots = crate::Slots::parse(list, Layout::E1).unwrap();
    Config::new(vec![Span { layout: Layout::E1, slots }])
}

pub(crate) fn script(text: &str) -> Script {
    let none = |name: &str| Err(format!("no file {name}"));
    match Script::read("script.yaml", text, Law::A, &mut { none }) {
        Ok(script) => script,
        Err(mistakes) => {
            let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"))
        }
    }
}

pub(crate) fn number(digits: &str) -> Number {
    Number::parse(digits).unwrap()
}

impl World {
    pub(crate) fn new(config: &Config, script: Script) -> Self {
        let start = some_instant();
        let exchange = Exchange::new(config, script, start);
        let trunk = Trunk::new(config, exchange, start).unwrap();
        let mut world = Self { trunk, start, now: start, log: Vec::new(), outputs: Vec::new() };
        world.drain();
        world
    }

    /// An E1 to the lab's exchange.
    pub(crate) fn lab() -> Self {
        Self::new(&e1(), Script::lab(Law::A))
    }

    pub(crate) fn try_call(&mut self, digits: &str) -> Result<ChannelId, Refusal> {
        let taken = self.trunk.setup(Setup::voice(number(digits), None), self.now);
        self.drain();
        taken
    }

    pub(crate) fn call(&mut self, digits: &str) -> ChannelId {
        self.try_call(digits).unwrap()
    }

    pub(crate) fn say(&mut self, channel: ChannelId, signal: Signal) {
        self.trunk.handle_signal(channel, signal, self.now);
        self.drain();
    }

    pub(crate) fn hang_up(&mut self, channel: ChannelId) {
        self.say(channel, Signal::Release(Cause::NORMAL_CLEARING));
    }

    /// Lets time pass, from one deadline to the next.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some(next) = self.trunk.poll_timeout().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.trunk.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// Tells the exchange something and lets it act.
    pub(crate) fn far(&mut self, act: impl FnOnce(&mut Exchange, Instant)) {
        act(self.trunk.line_mut(), self.now);
        self.trunk.handle_timeout(self.now);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.trunk.poll_output() {
            let at = (self.now - self.start).as_secs_f64();
            let what = match &output {
                Output::Signal { channel, signal } => format!("{channel} {signal}"),
                Output::Moved { from, to } => format!("{from} moved to {to}"),
                Output::Refused { channel, refusal, .. } => format!("{channel} refused: {refusal}"),
                Output::Standing { channel, administrative } => format!("{channel} is {administrative}"),
                Output::Alarm { span, alarm } => {
                    format!("span {span} alarm {}", alarm.map_or("clear", crate::Alarm::name))
                }
            };
            self.log.push(format!("{at:.3} {what}"));
            self.outputs.push(output);
        }
    }

    /// What was written down since it was last asked for.
    pub(crate) fn told(&mut self) -> Vec<String> {
        core::mem::take(&mut self.log)
    }

    pub(crate) fn state(&self, channel: ChannelId) -> String {
        let view = self.trunk.channels().find(|view| view.id == channel).unwrap();
        format!("{} {}", view.administrative, view.call)
    }

    /// Every non-idle state has an end.
    pub(crate) fn assert_no_state_without_end(&self) {
        for view in self.trunk.channels() {
            assert_eq!(view.until.is_none(), view.call == crate::CallState::Idle, "{view:?}");
        }
    }

    /// Lets every deadline pass; nothing may be left.
    pub(crate) fn assert_comes_to_rest(&mut self) {
        self.pass(Duration::from_secs(60));
        self.told();
        self.outputs.clear();
        let busy: Vec<_> = self.trunk.channels().filter(|view| view.call != crate::CallState::Idle).collect();
        assert!(self.trunk.at_rest(), "{busy:?}, line at rest {}", self.trunk.line().at_rest());
        assert_eq!(self.trunk.audit(&[], self.now), []);
    }
}
