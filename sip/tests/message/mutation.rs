//! Broken messages, 300,000 of them: torture messages with bytes changed, cut, repeated and spliced.

use sip::message::{
    Capabilities, FrameLimits, Framer, Invalid, Message, Method, Name, Reply, parse, refuse, validate,
};

use crate::material;
use crate::samples::{BUSY, BYE, INVITE};

const MUTANTS: usize = 300_000;
/// Changing it is a new test; a seed that finds something stays here.
const SEEDS: [u64; 2] = [0x7a6e_6d5c_4b3a_2918, 0x0123_4567_89ab_cdef];

/// A small generator (xorshift64*): the same mutants on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % sides.max(1)
    }
}

/// What tends to break readers.
const SPICE: [&[u8]; 24] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b":",
    b"=",
    b"@",
    b"%",
    b"[",
    b"]",
    b" ",
    b"\t",
    b"\r\n ",
    b"\xff",
    b"99999999999999999999",
    b"-1",
    b"Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n",
    b"%0d%0a",
];

fn mutate(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        let end = (at + dice.roll(24)).min(bytes.len());
        match dice.roll(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, SPICE[dice.roll(SPICE.len())].iter().copied())),
            3 => {
                let again = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, again));
            }
            4 => {
                let from = dice.roll(other.len());
                let to = (from + dice.roll(80)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(dice.roll(256)).unwrap();
                }
            }
        }
    }
    bytes
}

/// Looks at everything there is to look at.
fn read_all(message: &Message<'_>) -> usize {
    let mut seen = message.headers().map(|header| header.value.len()).sum();
    for via in message.vias().flatten() {
        seen += via.params.into_iter().count();
        seen += usize::from(via.received().is_some() || via.maddr().is_some() || via.rport().is_some());
    }
    for name in [Name::From, Name::To, Name::Contact, Name::Route, Name::RecordRoute, Name::PAssertedIdentity]
    {
        for address in message.addresses(name).flatten() {
            seen +=
                address.display().map_or(0, |display| display.len()) + address.tag().map_or(0, <[u8]>::len);
            if let Some(uri) = address.uri() {
                seen += uri.params().count() + uri.headers().count();
                assert!(!uri.is_sip() || uri.is_equivalent(&uri));
            }
        }
    }
    seen += message.reasons().count() + message.warnings().count();
    seen += usize::from(message.rack().is_ok()) + usize::from(message.cseq().is_ok());
    seen += usize::from(message.retry_after().is_some()) + usize::from(message.timestamp().is_some());
    seen += usize::from(message.date().is_some()) + message.body_of("application/sdp").map_or(0, <[u8]>::len);
    seen
}

#[test]
fn no_mutant_stops_the_reader_and_every_refusal_can_be_read() {
    let mut seeds: Vec<Vec<u8>> = material::all().into_iter().map(|sample| sample.bytes).collect();
    seeds.extend([INVITE, BUSY, BYE].map(<[u8]>::to_vec));
    let capabilities = Capabilities { methods: &Method::KNOWN, ..Capabilities::default() };
    let (mut accepted, mut refused, mut dropped) = (0, 0, 0);
    let mut out = Vec::new();
    for seed in SEEDS {
        let mut dice = Dice(seed);
        for _ in 0..MUTANTS / SEEDS.len() {
            let (which, other) = (dice.roll(seeds.len()), dice.roll(seeds.len()));
            let bytes = mutate(&seeds[which], &seeds[other], &mut dice);
            let mut framer = Framer::new(FrameLimits::default());
            assert!(format!("{:?}", framer.next(&bytes)).len() > 1);
            let Ok(message) = parse(&bytes) else {
                dropped += 1;
                continue;
            };
            read_all(&message);
            match validate(&message, &capabilities) {
                Ok(()) => accepted += 1,
                Err(Invalid::Drop(_)) => dropped += 1,
                Err(Invalid::Refuse(fact)) => {
                    refused += 1;
                    let reply = Reply {
                        status: 0,
                        phrase: "",
                        tag: Some(b"t"),
                        source: "192.0.2.1:5060".parse().ok(),
                    };
                    refuse(&mut out, &message, fact, &capabilities, reply);
                    let answer = parse(&out).expect("our own refusal can be read");
                    assert_eq!(answer.flaw(), None, "{}", String::from_utf8_lossy(&out));
                    assert_eq!(answer.status(), Some(fact.status()));
                }
            }
        }
    }
    println!("{accepted} accepted, {refused} refused, {dropped} dropped");
    assert!(accepted > 1000 && refused > 1000 && dropped > 1000);
}
