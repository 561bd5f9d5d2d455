//! Bad days with a seed: thousands of calls over a wire that loses and reorders, and a million broken messages.

use std::time::Duration;

use sip::message::parse;
use sip::stack::{Content, Event, Input, SessionId};
use sip::transport::Transport;

use crate::world::{REASON, SDP, World};

const SECOND: Duration = Duration::from_secs(1);

/// A small generator; the seed decides everything.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }
}

/// Lets both users do something possible with some session.
fn act(world: &mut World, dice: &mut Dice, live: &mut [Vec<SessionId>; 2]) {
    let node = dice.below(2) as usize;
    if live[node].is_empty() {
        return;
    }
    let at = dice.below(live[node].len() as u64) as usize;
    let session = live[node][at];
    let headers = [REASON];
    let sdp = Content::sdp(SDP);
    let what = dice.below(12);
    // Whatever is impossible in the session's state is refused and changes nothing.
    let done = world.with(node, |stack, now| match what {
        0 => stack.provisional(session, 180, "", &Content::EMPTY, now),
        1 => stack.provisional(session, 183, "", &sdp, now),
        2..=4 => stack.accept(session, &sdp, now),
        5 => stack.reject(session, 486, "", &Content::EMPTY, now),
        6 => stack.acknowledge(session, &sdp, now),
        7 => stack.offer(session, &sdp, now),
        8 => stack.answer_offer(session, &sdp, now),
        9 => stack.refuse_offer(session, 488, "", &Content::EMPTY, now),
        _ => stack.end(session, &Content::headers(&headers), now),
    });
    if done.is_ok() && (what == 5 || what >= 10) {
        live[node].swap_remove(at);
    }
}

/// Takes the events: new calls are live, ended ones no more.
fn listen(world: &mut World, live: &mut [Vec<SessionId>; 2]) {
    for (node, live) in live.iter_mut().enumerate() {
        let events: Vec<Event> = world.nodes[node].events.drain(..).collect();
        for event in events {
            match event {
                Event::Invite { session, .. } => live.push(session),
                Event::Rejected { session, .. }
                | Event::Canceled { session, .. }
                | Event::Ended { session, .. } => {
                    let at = live.iter().position(|held| *held == session);
                    live.swap_remove(at.expect("a session ends once, and not after its user ended it"));
                }
                _ => {}
            }
        }
    }
}

fn storm(seed: u64, calls: usize, loss: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut world = World::new(2, |_| {});
    let mut wire = Dice(dice.below(u64::MAX) | 1);
    let mut clock = wire.clone();
    world.lose = Box::new(move |_, _| wire.below(100) < loss);
    world.delay = Box::new(move || Duration::from_micros(200 + clock.below(40_000)));
    let mut live = [Vec::new(), Vec::new()];
    for n in 0..calls {
        let transport = if dice.below(8) == 0 { Transport::Tcp } else { Transport::Udp };
        let content = if dice.below(4) == 0 { Content::EMPTY } else { Content::sdp(SDP) };
        live[0].push(world.call_with(transport, content));
        if n % 500 == 499 {
            world.cut_cables();
        }
        for _ in 0..dice.below(8) {
            let pause = Duration::from_micros(dice.below(60_000));
            world.run(pause);
            listen(&mut world, &mut live);
            act(&mut world, &mut dice, &mut live);
        }
    }
    for (node, live) in live.into_iter().enumerate() {
        for session in live {
            // Some have ended while nobody listened.
            let (Ok(()) | Err(_)) = world.with(node, |stack, now| stack.end(session, &Content::EMPTY, now));
        }
    }
    world.run(SECOND * 1000);
    for node in 0..2 {
        let leftover: Vec<SessionId> = world.nodes[node]
            .events
            .drain(..)
            .filter_map(|event| if let Event::Invite { session, .. } = event { Some(session) } else { None })
            .collect();
        for session in leftover {
            let (Ok(()) | Err(_)) = world.with(node, |stack, now| stack.end(session, &Content::EMPTY, now));
        }
    }
    world.run_out();
    world.assert_at_rest();
}

/// How many times as long as usual: `TANDEM_STORM=100` for a long night.
fn strength() -> u64 {
    std::env::var("TANDEM_STORM").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn thousands_of_calls_over_a_lossy_wire_leave_nothing() {
    for seed in 1..=8 * strength() {
        storm(seed, 500, [0, 5, 20, 40][seed as usize % 4]);
    }
}

#[test]
fn broken_messages_neither_stop_a_stack_nor_stay_in_it() {
    // Everything two stacks say to each other in a call with changes, as the material to break.
    let mut spoken: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut world = World::new(2, |config| config.trace = true);
    let caller = world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.provisional(callee, 183, "", &Content::sdp(SDP), now)).unwrap();
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    for (node, trace) in &world.traces {
        if !trace.sent {
            spoken.push((*node, trace.bytes.clone()));
        }
    }
    assert!(spoken.len() >= 10);

    let mut dice = Dice(0x5eed);
    for round in 0..6 * strength() {
        let mut world = World::new(2, |config| config.limits.sessions = 200);
        let addresses = [world.nodes[0].address, world.nodes[1].address];
        for _ in 0..6_000 {
            let (node, bytes) = &spoken[dice.below(spoken.len() as u64) as usize];
            let mut bytes = bytes.clone();
            for _ in 0..dice.below(4) {
                mutate(&mut bytes, &mut dice);
            }
            let input =
                Input::Datagram { local: addresses[*node], source: addresses[1 - *node], bytes: &bytes };
            world.with(*node, |stack, now| stack.handle_input(input, now));
            if dice.below(4) == 0 {
                let sessions: Vec<SessionId> = world.nodes[*node]
                    .events
                    .drain(..)
                    .filter_map(|event| match event {
                        Event::Invite { session, .. } => Some(session),
                        _ => None,
                    })
                    .collect();
                for session in sessions {
                    let (Ok(()) | Err(_)) =
                        world.with(*node, |stack, now| stack.accept(session, &Content::sdp(SDP), now));
                }
                world.run(Duration::from_millis(dice.below(50)));
            }
        }
        world.run(SECOND * 2000);
        for node in 0..2 {
            assert_eq!(world.nodes[node].stack.counters().transactions, 0, "round {round}");
        }
        end_all(&mut world);
        world.run_out();
        world.assert_at_rest();
    }
}

/// Ends the calls that broken messages made and nobody ends.
fn end_all(world: &mut World) {
    for node in 0..2 {
        for session in world.nodes[node].stack.session_ids() {
            let (Ok(()) | Err(_)) = world.with(node, |stack, now| stack.end(session, &Content::EMPTY, now));
        }
    }
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let length = bytes.len() as u64;
    let at = dice.below(length) as usize;
    match dice.below(7) {
        0 => bytes[at] = dice.below(256) as u8,
        1 => bytes[at] ^= 1 << dice.below(8),
        2 => drop(bytes.drain(at..(at + dice.below(20) as usize).min(length as usize))),
        3 => {
            let piece: Vec<u8> = bytes[at..(at + dice.below(60) as usize).min(length as usize)].to_vec();
            let to = dice.below(length) as usize;
            bytes.splice(to..to, piece);
        }
        4 => bytes.truncate(at.max(1)),
        5 => {
            let lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
            let mut lines = lines;
            let (from, to) =
                (dice.below(lines.len() as u64) as usize, dice.below(lines.len() as u64) as usize);
            lines.swap(from, to);
            *bytes = lines.concat();
        }
        _ => {
            let interesting: &[&[u8]] = &[
                b"\r\n",
                b"\0",
                b"\"",
                b"<",
                b">",
                b";tag=",
                b"999999999999",
                b"%",
                b",",
                b"sip:",
                b"z9hG4bK",
            ];
            let piece = interesting[dice.below(interesting.len() as u64) as usize];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
    if bytes.is_empty() {
        bytes.push(b'x');
    }
    // Whatever it is now, reading it must not panic either.
    drop(parse(bytes));
}
