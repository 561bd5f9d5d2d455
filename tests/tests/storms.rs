//! Storms: thousands of random calls through losses, races and faults, with what must always hold checked after
//! every step. A seed that ever failed stays in the list.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test's own helpers may stop the test"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use call::{Cause, Number};
use gateway::control::{Answer, Question};
use tests::sim::network::Fate;
use tests::sim::page;
use tests::sim::phone::{Act, Dialling, Plan, Reinvite};
use tests::sim::world::{PSTN, Setting, World};
use trunks::sim::OriginateSpec;

/// Storms, each from its own seed.
const STORMS: u64 = 40;
/// Things done in a storm; about two of three are calls.
const DEEDS: usize = 150;
/// How long a world may take to come to rest after its storm: the longest a silent call may ring, and more.
const REST: Duration = Duration::from_secs(3 * 3600);

/// Chance, the same for the same seed (splitmix64).
#[derive(Clone, Copy)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const NUMBERS: [&str; 14] = [
    "1000", "1002", "1003", "1234", "1777", "19017", "19034", "19041", "2000", "2999", "3000", "4000",
    "6000", "9999",
];

const PLANS: [&str; 18] = [
    "180, 200",
    "180, 1s, 200, 3s, bye",
    "200",
    "100, 3s, 180, 5s, 200",
    "183 sdp, 1s, 180, 1s, 200",
    "183 sdp, 200 bare",
    "180 fork a, 180 fork b, 1s, 200 fork b",
    "180 fork a, 1s, 200 fork a, 10ms, 200 fork b",
    "486",
    "180, 2s, 480",
    "503",
    "603",
    "404",
    "180, 200, 1s, hold",
    "nothing",
    "180",
    "100",
    "302 header Contact: <sip:1@127.0.0.7>",
];

/// Each phone's plan for its next calls, in the language of pages.
fn plan(chance: &mut Chance) -> Plan {
    let page = page::read(&format!("storm\n  carrier answers: {}\n", chance.of(&PLANS))).expect("a plan");
    match page.manners.into_iter().next() {
        Some(page::Manner::Answers(_, plan)) => plan,
        other => panic!("{other:?} is no plan"),
    }
}

fn weather(seed: u64, percent: usize) -> Box<dyn FnMut() -> Option<Fate>> {
    let mut chance = Chance(seed);
    Box::new(move || {
        if chance.below(100) >= percent {
            return None;
        }
        let late = Duration::from_millis(chance.next() % 3000);
        Some(chance.of(&[Fate::Lost, Fate::Lost, Fate::Doubled, Fate::Late(late)]))
    })
}

fn deed(world: &mut World, chance: &mut Chance) {
    let who = chance.of(&["carrier", "other", "other", "stranger"]);
    let legs = world.phone(who).calls();
    let leg = if legs == 0 { 0 } else { legs - 1 - chance.below(legs.min(12)) };
    match chance.below(24) {
        0..10 => {
            let mut how = Dialling::to(chance.of(&NUMBERS));
            how.offer = chance.below(8) > 0;
            how.formats = chance.of(&[&[8, 0][..], &[0], &[8], &[18]]);
            how.max_forwards = chance.of(&[70, 70, 70, 1, 0]);
            world.with_phone(who, |phone, now| phone.act(&Act::Dial(how), now));
        }
        10..14 => {
            let number = Number::parse(chance.of(&["2000", "2001", "5000", "777"])).expect("digits");
            let mut spec = OriginateSpec::new(number, Number::parse("0312345678").ok());
            spec.hold = Some(Duration::from_millis(chance.next() % 8000));
            spec.patience = Duration::from_millis(chance.next() % 20_000);
            world.exchange(|exchange, now| exchange.originate(spec, now));
        }
        14..16 => world.with_phone(who, |phone, now| phone.act_on(leg, &Act::Cancel, now)),
        16..19 => world.with_phone(who, |phone, now| phone.act_on(leg, &Act::HangUp(Vec::new()), now)),
        19 => {
            let how = chance.of(&[Reinvite::Hold, Reinvite::Resume, Reinvite::NoOffer, Reinvite::Codec]);
            world.with_phone(who, |phone, now| phone.act_on(leg, &Act::Reinvite(how), now));
        }
        20 => world.with_phone(who, |phone, now| phone.act_on(leg, &Act::Again, now)),
        21 => {
            let address = world.phone(who).address;
            world.plane.silence(address.ip());
            world.settle();
        }
        22 => {
            let channel = trunks::ChannelId::new(1, 1 + chance.below(15) as u8);
            let act = chance.below(3);
            world.exchange(|exchange, now| match act {
                0 => exchange.restart(channel),
                1 => exchange.hang_up(channel, Cause::NORMAL_CLEARING, now),
                _ => exchange.block(channel, false),
            });
        }
        _ => {
            let method = chance.of(&["BYE", "OPTIONS", "INVITE", "CANCEL", "ACK", "INFO"]);
            world.with_phone(who, |phone, now| phone.act(&Act::Stray(method.into()), now));
        }
    }
}

/// What must hold after every step.
fn check(world: &mut World) -> Result<(), String> {
    let now = world.now;
    let Answer::Calls { calls, .. } = world.gateway.answer(&Question::Calls, now) else {
        return Err("no calls are told".into());
    };
    let live: BTreeSet<String> = calls.iter().map(|call| call.id.to_string()).collect();
    if live.len() != world.gateway.live_calls() {
        return Err(format!("{} calls are told, {} live", live.len(), world.gateway.live_calls()));
    }
    let Answer::Trunk { trunk } = world.gateway.answer(&Question::Trunk { name: PSTN.into() }, now) else {
        return Err("no channels are told".into());
    };
    let mut seized = BTreeSet::new();
    for channel in
        trunk.channels.iter().filter_map(|channel| Some((channel.call?.to_string(), &channel.name)))
    {
        if !live.contains(&channel.0) {
            return Err(format!("channel {} is held by {}, which is over", channel.1, channel.0));
        }
        if !seized.insert(channel.0) {
            return Err(format!("a call holds channel {} and another", channel.1));
        }
    }
    let Answer::Metrics(counters) = world.gateway.answer(&Question::Metrics, now) else {
        return Err("nothing is counted".into());
    };
    let ports = world.plane.ports() as u64;
    if counters.media.ports_in_use != ports {
        return Err(format!("{} ports are taken, {ports} open", counters.media.ports_in_use));
    }
    if world.plane.endpoints() > live.len() * 2 {
        return Err(format!("{} endpoints for {} calls", world.plane.endpoints(), live.len()));
    }
    if let Some(wrong) = world.plane.wrongs.first() {
        return Err(wrong.clone());
    }
    let strangers = counters.rejected.of(gateway::records::Refusal::Acl);
    let begun = strangers + counters.trunks.iter().map(|trunk| trunk.attempts_in).sum::<u64>();
    let told = (world.records.len() + live.len()) as u64;
    if begun != told {
        return Err(format!("{begun} calls began, {told} live or are on record"));
    }
    Ok(())
}

/// After the storm: nothing is held, and each call has one record.
fn check_rest(world: &mut World) -> Result<(), String> {
    check(world)?;
    let now = world.now;
    let Answer::Metrics(counters) = world.gateway.answer(&Question::Metrics, now) else {
        return Err("nothing is counted".into());
    };
    let ids: BTreeSet<String> = world.records.iter().map(|record| record.id.to_string()).collect();
    if ids.len() != world.records.len() {
        return Err("a call has two records".into());
    }
    let held = (counters.calls, counters.media.ports_in_use, counters.sip.transactions, counters.sip.dialogs);
    let active: u64 = counters.trunks.iter().map(|trunk| trunk.active_in + trunk.active_out).sum();
    if held != (0, 0, 0, 0) || active != 0 || world.plane.endpoints() != 0 {
        return Err(format!(
            "held at rest: {held:?}, {active} on trunks, {} endpoints",
            world.plane.endpoints()
        ));
    }
    Ok(())
}

fn storm(seed: u64) -> Result<usize, String> {
    storm_after(seed, |_| {})
}

/// A storm over a world that `spoil` has spoilt.
fn storm_after(seed: u64, spoil: impl FnOnce(&mut World)) -> Result<usize, String> {
    let mut chance = Chance(seed);
    let setting = Setting {
        carrier: "limits: {calls: 8}\nmedia_timeout: 30s".into(),
        ports: Some(format!("20000-{}", 20_019 + chance.below(60))),
        ..Setting::default()
    };
    let mut world = World::new(&setting, seed)?;
    world.silent = true;
    spoil(&mut world);
    world.weather = Some(weather(seed ^ 0xabcd, chance.of(&[0, 5, 20, 60])));
    for who in ["carrier", "other"] {
        let plans: Vec<Plan> = (0..200).map(|_| plan(&mut chance)).collect();
        world.phone(who).habits.plans = plans;
        world.phone(who).habits.acks = chance.below(10) > 0;
    }
    for _ in 0..DEEDS {
        deed(&mut world, &mut chance);
        check(&mut world)?;
        let pause = Duration::from_millis(chance.next() % chance.of(&[20, 300, 5000]));
        let limit = world.now + pause;
        while world.step(limit) {
            check(&mut world)?;
        }
    }
    let limit = world.now + REST;
    while !world.gateway.at_rest() {
        // Whoever is still talking hangs up in the end.
        let patience = (world.now + Duration::from_secs(300)).min(limit);
        while world.step(patience) {
            check(&mut world)?;
        }
        let now = world.now;
        world.gateway.hang_up_all(Cause::NORMAL_CLEARING, gateway::records::Why::Operator, now);
        world.settle();
        if now >= limit {
            return Err("the gateway does not come to rest".into());
        }
    }
    check_rest(&mut world)?;
    Ok(world.records.len())
}

#[test]
fn whatever_comes_every_channel_port_and_record_has_its_one_call_and_nothing_stays() {
    let mut calls = 0;
    let mut failed = Vec::new();
    for seed in 0..STORMS {
        match storm(seed) {
            Ok(records) => calls += records,
            Err(why) => failed.push(format!("seed {seed}: {why}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(calls > 2000, "{calls} calls are no storm");
}

#[test]
fn a_storm_notices_an_endpoint_that_is_not_given_back() {
    let told = storm_after(1, |world| world.plane.forgotten = 1);
    assert!(told.is_err(), "{told:?}");
}

#[test]
fn the_same_seed_is_the_same_storm() {
    assert_eq!(storm(7), storm(7));
}
