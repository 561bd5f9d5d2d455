//! A million mutated messages at the running gateway, with questions between them that must be answered in time.

use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tests::io::lab::material;

use crate::Verdict;
use crate::field;

/// How many.
const MESSAGES: u32 = 1_000_000;
/// So many between two questions.
const BURST: u32 = 16;
/// The latest answer that is allowed.
const ANSWER_MAX: Duration = Duration::from_millis(50);
/// How long an answer is waited for before it counts as none.
const PATIENCE: Duration = Duration::from_secs(2);
/// Whom the messages come from.
const SENDER: [u8; 4] = [127, 0, 0, 4];

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// One to four mutations: octets changed, ranges cut out, doubled, or replaced by something that hurts parsers.
fn mutate(message: &[u8], chance: &mut Chance) -> Vec<u8> {
    const THORNS: [&[u8]; 10] = [
        b"\r\n",
        b"\0",
        b"\"",
        b"<>",
        b";;;;",
        b"99999999999999999999",
        b"\xff\xfe",
        b":",
        b"\r\n ",
        b"Content-Length: -1\r\n",
    ];
    let mut bytes = message.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len());
        let end = (at + 1 + chance.below(24)).min(bytes.len());
        match chance.below(6) {
            0 => bytes[at] = chance.next().to_le_bytes()[0],
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(
                at..at,
                message[at.min(message.len())..end.min(message.len()).max(at.min(message.len()))].to_vec(),
            )),
            3 => drop(bytes.splice(at..at, THORNS[chance.below(THORNS.len())].iter().copied())),
            4 => bytes.truncate(at),
            _ => drop(bytes.splice(at..end, THORNS[chance.below(THORNS.len())].iter().copied())),
        }
        if bytes.is_empty() {
            bytes.push(b'I');
        }
    }
    bytes
}

fn corpus() -> Result<Vec<Vec<u8>>, String> {
    let mut messages = Vec::new();
    for folder in ["rfc4475", "rfc5118"] {
        let folder = material().join(folder);
        let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| {
            path.extension().is_some_and(|extension| extension == "dat" || extension == "sip")
        });
        paths.sort();
        for path in paths {
            messages.push(fs::read(&path).map_err(|why| format!("{}: {why}", path.display()))?);
        }
    }
    Ok(messages)
}

fn question(number: u32, from: SocketAddr) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKq{number};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:q@127.0.0.4>;tag=q\r\nTo: <sip:127.0.0.1>\r\nCall-ID: q{number}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

pub(crate) fn million() -> Verdict {
    let corpus = corpus()?;
    let mut gateway = field::start("mutated")?;
    let target = field::local(field::SIP_PORT);
    let noise = field::socket(SocketAddr::from((SENDER, 6001)), PATIENCE)?;
    let asker = field::socket(SocketAddr::from((SENDER, 6002)), PATIENCE)?;
    let own = SocketAddr::from((SENDER, 6002));
    let mut chance = Chance(4475);
    let (mut worst, mut buffer, mut late) = (Duration::ZERO, [0; 65_536], 0);
    let begin = Instant::now();
    for number in 0..MESSAGES / BURST {
        for _ in 0..BURST {
            let message = mutate(&corpus[chance.below(corpus.len())], &mut chance);
            let short = &message[..message.len().min(60_000)];
            noise.send_to(short, target).map_err(|why| why.to_string())?;
        }
        let asked = Instant::now();
        asker.send_to(question(number, own).as_bytes(), target).map_err(|why| why.to_string())?;
        let wanted = format!("Call-ID: q{number}\r\n");
        loop {
            let Ok((length, _)) = asker.recv_from(&mut buffer) else {
                field::still_well(&mut gateway)?;
                return Err(format!("no answer to question {number} within {PATIENCE:?}"));
            };
            if buffer[..length].windows(wanted.len()).any(|window| window == wanted.as_bytes()) {
                break;
            }
        }
        let waited = asked.elapsed();
        worst = worst.max(waited);
        late += u32::from(waited > ANSWER_MAX);
    }
    field::still_well(&mut gateway)?;
    let spent = begin.elapsed().as_secs_f64();
    let told = format!("{MESSAGES} in {spent:.0} s, slowest of {} answers {worst:.1?}", MESSAGES / BURST);
    if late == 0 { Ok(told) } else { Err(format!("{late} answers came later than {ANSWER_MAX:?}: {told}")) }
}
