//! An hour of traffic by chance, with everything that can go wrong, and what must hold after every step.

use std::collections::BTreeSet;

use call::Progress;

use super::*;
use crate::sim::OriginateSpec;
use crate::{Alarm, BlockHow, Side};

/// xorshift64*: the same seed, the same storm.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let index = self.below(u64::try_from(from.len()).unwrap());
        from[usize::try_from(index).unwrap()]
    }
}

const STORM: &str = r#"
numbers:
  - {called: "1000", do: [proceeding, alert, {wait: 2s}, answer, echo, {wait: 20s}, {clear: 16}]}
  - {called: "1001", do: [{glare: "2000"}, proceeding, answer]}
  - {called: "1002", do: [{release: 44}]}
  - {called: "1003", do: [take_another_channel, proceeding, {wait: 1s}, answer]}
  - {called: "1004", do: [ignore]}
  - {called: "1005", do: [proceeding]}
  - {called: "1006", do: [answer, {wait: 3s}, {disconnect: {cause: 17, milliwatt: , for: 5s}}]}
  - {called: "1007", do: [alert, {wait: 1s}, {release: 21}]}
  - {called: "1008", do: [answer]}
  - {called: "19CCC", do: [{clear: captured}]}
"#;

const NUMBERS: [&str; 11] =
    ["1000", "1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008", "19034", "12"];

/// What a gateway would hold: the channels on which it has a call.
struct Storm {
    world: World,
    chance: Chance,
    held: BTreeSet<ChannelId>,
    begun: u64,
    ended: u64,
}

impl Storm {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let side = chance.pick(&[Side::User, Side::Network]);
        let hunt = chance.pick(&crate::Hunt::ALL);
        let spans = chance.pick(&[1, 2]);
        let config = Config { side, hunt, ..Config::new(vec![Span::whole(Layout::E1); spans]) };
        let world = World::new(&config, script(STORM));
        Self { world, chance, held: BTreeSet::new(), begun: 0, ended: 0 }
    }

    /// Keeps the gateway's books by what it is told: each output must fit what it holds.
    fn keep_books(&mut self) {
        for output in core::mem::take(&mut self.world.outputs) {
            match output {
                Output::Signal { channel, signal: Signal::Setup(_) } => {
                    assert!(self.held.insert(channel), "{channel} has a call already");
                    self.begun += 1;
                }
                Output::Signal { channel, signal: Signal::Release(_) } => {
                    assert!(self.held.remove(&channel), "{channel} has no call to release");
                    self.ended += 1;
                }
                Output::Signal { channel, .. } => {
                    assert!(self.held.contains(&channel), "{channel} has no call");
                }
                Output::Moved { from, to } => {
                    assert!(self.held.remove(&from), "{from} has no call to move");
                    assert!(self.held.insert(to), "{to} has a call already");
                }
                Output::Refused { .. } | Output::Standing { .. } | Output::Alarm { .. } => {}
            }
        }
        self.world.log.clear();
        let held: Vec<ChannelId> = self.held.iter().copied().collect();
        assert_eq!(self.world.trunk.audit(&held, self.world.now), []);
        let calls = self.world.trunk.channels().filter(|view| view.call.has_call()).count();
        assert_eq!(calls, held.len());
        self.world.assert_no_state_without_end();
    }

    fn act(&mut self) {
        let world = &mut self.world;
        let ids: Vec<ChannelId> = world.trunk.channels().map(|view| view.id).collect();
        let any = self.chance.pick(&ids);
        let held: Vec<ChannelId> = self.held.iter().copied().collect();
        match self.chance.below(40) {
            0..12 => {
                let digits = self.chance.pick(&NUMBERS);
                // Outputs of the same moment belong to the call, so it is entered before they are read.
                if let Ok(channel) = world.trunk.setup(Setup::voice(number(digits), None), world.now) {
                    assert!(self.held.insert(channel), "{channel} was not free");
                    self.begun += 1;
                }
                world.drain();
            }
            12..18 => {
                let hold = Some(Duration::from_millis(self.chance.below(30_000)));
                let spec = OriginateSpec { hold, ..OriginateSpec::new(number("2000"), None) };
                world.far(|exchange, now| exchange.originate(spec, now));
            }
            18..32 if !held.is_empty() => {
                let channel = self.chance.pick(&held);
                let signal = match self.chance.below(8) {
                    0 => Signal::Proceeding,
                    1 => Signal::Alerting(Progress::NONE),
                    2 => Signal::Progress(Progress::IN_BAND),
                    3 | 4 => Signal::Connect,
                    5 => Signal::Disconnect { cause: Cause::USER_BUSY, progress: Progress::IN_BAND },
                    _ => Signal::Release(Cause::NORMAL_CLEARING),
                };
                if matches!(signal, Signal::Release(_)) {
                    self.held.remove(&channel);
                    self.ended += 1;
                }
                world.say(channel, signal);
            }
            32 => {
                let how = self.chance.pick(&[BlockHow::Graceful, BlockHow::AtOnce]);
                world.trunk.block(&[any], how, world.now);
            }
            33 | 34 => {
                world.trunk.unblock(&[any], world.now);
            }
            35 => {
                world.trunk.reset(&[any], world.now);
            }
            36 => world.far(|exchange, _| exchange.restart(any)),
            37 => {
                let blocked = self.chance.below(3) == 0;
                world.far(|exchange, _| exchange.block(any, blocked));
            }
            38 if self.chance.below(10) == 0 => {
                let alarm = Some(self.chance.pick(&[Alarm::LossOfSignal, Alarm::Remote]));
                world.far(|exchange, _| exchange.alarm(1, alarm));
            }
            39 => world.far(|exchange, _| exchange.alarm(1, None)),
            _ => {}
        }
        world.drain();
    }

    fn blow(&mut self, steps: usize) {
        for _ in 0..steps {
            self.act();
            self.keep_books();
            let pause = self.chance.below(2000);
            self.world.pass_ms(pause);
            self.keep_books();
        }
    }

    /// Everyone hangs up; every alarm and block ends.
    fn calm(&mut self) {
        self.world.far(|exchange, _| exchange.alarm(1, None));
        self.keep_books();
        for channel in core::mem::take(&mut self.held) {
            self.ended += 1;
            self.world.hang_up(channel);
        }
        self.keep_books();
        self.world.pass(Duration::from_secs(600));
        self.keep_books();
        assert_eq!(self.begun, self.ended, "each call that began has ended once");
        self.world.assert_comes_to_rest();
    }
}

#[test]
fn storms_leave_no_channel_held_and_no_call_without_its_end() {
    for seed in 1..=60 {
        let mut storm = Storm::new(seed);
        storm.blow(400);
        storm.calm();
        assert!(storm.begun > 50, "seed {seed}: {} calls", storm.begun);
    }
}

#[test]
fn the_same_seed_is_the_same_storm() {
    let run = || {
        let mut storm = Storm::new(7);
        storm.blow(200);
        (storm.begun, storm.ended, *storm.world.trunk.counters())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_far_end_that_goes_deaf_in_a_storm_costs_channels_but_never_a_call() {
    let deaf = STORM.replace("{called: \"1008\", do: [answer]}", "{called: \"1008\", do: [answer, go_deaf]}");
    for seed in 1..=10 {
        let mut storm = Storm::new(seed);
        let config = Config { hunt: crate::Hunt::RoundRobinUp, ..e1() };
        storm.world = World::new(&config, script(&deaf));
        storm.blow(200);
        let ids: Vec<ChannelId> = storm.world.trunk.channels().map(|view| view.id).collect();
        for channel in core::mem::take(&mut storm.held) {
            storm.ended += 1;
            storm.world.hang_up(channel);
        }
        storm.world.pass(Duration::from_secs(900));
        storm.keep_books();
        let lost =
            storm.world.trunk.channels().filter(|view| view.administrative.name() == "maintenance").count();
        assert!(lost > 0, "seed {seed}");
        assert_eq!(storm.world.trunk.busy(), 0, "every channel ends idle or out for maintenance");
        for &id in &ids {
            storm.world.trunk.line_mut().heal(id);
        }
        storm.world.trunk.reset(&ids, storm.world.now);
        storm.world.trunk.unblock(&ids, storm.world.now);
        storm.calm();
        let well =
            |view: crate::ChannelView| !matches!(view.administrative, crate::Administrative::Maintenance);
        assert!(storm.world.trunk.channels().all(well));
    }
}
