//! Real calls with speech by baresip, scored with PESQ, while tshark reads along.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use media::Law;
use serde_json::Value;
use tests::io::child::Child;
use tests::io::lab::{binary, material};
use tests::io::wait;

use crate::house::{CARRIER_PORT, House, beside, has};
use crate::report::{Outcome, Report};
use crate::wire::{Capture, Packets};

/// Samples a second of everything narrowband.
const RATE: u32 = 8000;
/// The longest a phone call of ours may take.
const CALL_MAX: Duration = Duration::from_secs(40);
/// PESQ-NB of what came back, at least: G.711 alone costs a little of the 4.5 that an exact copy gets.
const SCORE_MIN: f64 = 4.0;
/// The similarity `tandem demo` must find itself.
const SIMILARITY_MIN: f64 = 0.95;

/// A call that baresip makes.
struct Call {
    name: &'static str,
    number: &'static str,
    codec: &'static str,
}

const CALLS: [Call; 3] = [
    Call { name: "A-law to the E1 and its echo", number: "1000", codec: "pcma" },
    Call { name: "mu-law to the E1 and its echo", number: "1000", codec: "pcmu" },
    Call { name: "mu-law to a SIP callee of A-law", number: "2000", codec: "pcmu" },
];

/// The demo, then calls by baresip.
pub(crate) fn run(report: &mut Report) {
    let speech = material().join("speech/speech.wav");
    if !speech.is_file() {
        return report.skipped(&format!("no speech at {}", speech.display()));
    }
    let house = match speaking_house() {
        Ok(house) => house,
        Err(why) => return report.case("the gateway starts for speech", Err(why)),
    };
    report.case("tandem demo hears its own speech", demo(&house.folder, &speech));
    match (has("baresip"), has("dumpcap") && has("tshark")) {
        (true, true) => calls(report, &house, &speech),
        (false, _) => report.case("baresip is here", Err("apt-get install baresip-core".to_owned())),
        (_, false) => report.case("tshark is here", Err("apt-get install tshark".to_owned())),
    }
    report.leave("speech", house, None);
}

/// `tandem demo`, judged by its own similarity and by PESQ.
fn demo(folder: &Path, speech: &Path) -> Outcome {
    let kept = folder.join("demo.wav");
    let mut command = Command::new(binary());
    command.args(["demo", "--json", "--play"]).arg(speech).arg("--record").arg(&kept).stdin(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{}: {text}{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let result: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let similarity = result["similarity"].as_f64().unwrap_or_default();
    let score = score(speech, &kept)?;
    let said = format!("similarity {similarity:.4}, PESQ-NB {score:.2}");
    if similarity >= SIMILARITY_MIN && score >= SCORE_MIN { Ok(said) } else { Err(said) }
}

/// baresip takes no loopback address for its voice: the gateway's voice is on the same address as baresip's then.
fn speaking_house() -> Result<House, String> {
    let voice = format!("media: {{address: {}", voice_address()?);
    let (own, trusted) = House::addresses(3);
    let media = format!("media: {{address: {own}");
    let sources = format!("[\"{own}\", \"{trusted}\"]");
    House::open(3, &[(&media, &voice), (&sources, "[\"127.0.0.0/8\"]")]).map_err(|error| error.to_string())
}

/// The address this machine would send from to elsewhere (nothing is sent).
fn voice_address() -> Result<Ipv4Addr, String> {
    let socket = UdpSocket::bind("0.0.0.0:0").map_err(|error| error.to_string())?;
    // Documentation's own network (RFC 5737): any route will do.
    socket
        .connect("198.51.100.1:9")
        .map_err(|error| format!("baresip needs a network interface: {error}"))?;
    match socket.local_addr() {
        Ok(SocketAddr::V4(at)) => Ok(*at.ip()),
        other => Err(format!("no IPv4 address: {other:?}")),
    }
}

fn calls(report: &mut Report, house: &House, speech: &Path) {
    let voice = match voice_address() {
        Ok(voice) => voice,
        Err(why) => return report.case("baresip has an address", Err(why)),
    };
    let prepared = house.folder.join("speech8k.wav");
    if let Err(why) = python(&["prepare", &text(speech), &text(&prepared)]) {
        return report.case("speech is prepared", Err(why));
    }
    let capture = match Capture::start(&house.folder, &[house.own(), voice]) {
        Ok(capture) => capture,
        Err(why) => return report.case("packets are captured", Err(why.to_string())),
    };
    let mut phones = vec![("the callee".to_owned(), callee(house, &prepared))];
    phones.extend(
        CALLS
            .iter()
            .enumerate()
            .map(|(place, call)| (call.name.to_owned(), caller(house, place, call, &prepared))),
    );
    for (name, phone) in &mut phones {
        match phone {
            Ok(phone) => {
                if phone.wait(CALL_MAX).is_none() {
                    report.case(name, Err("baresip did not end".to_owned()));
                }
            }
            Err(why) => report.case(name, Err(why.clone())),
        }
    }
    let packets = capture.end();
    for (place, call) in CALLS.iter().enumerate() {
        report.case(call.name, scored(house, &packets, place, call, &prepared));
    }
    let ours = |what: &str| {
        format!(
            "{what} && ((ip.src == {} && udp.srcport == 5060) || (ip.src == {voice} && udp.srcport >= 20000 && udp.srcport < 30000))",
            house.own()
        )
    };
    for (what, least) in [("sip", 15), ("sdp", 4), ("rtp", 500), ("rtcp", 4)] {
        let judged = packets.judged(&ours(what)).and_then(|count| {
            if count >= least {
                Ok(format!("{count} packets"))
            } else {
                Err(format!("only {count} packets of it"))
            }
        });
        report.case(&format!("tshark minds nothing about our {what}"), judged);
    }
}

/// What the gateway sent to the phone at `place`, as RTP's own clock orders it, against what the phone played.
fn scored(house: &House, packets: &Packets, place: usize, call: &Call, sent: &Path) -> Outcome {
    let ports = rtp_ports(place);
    let filter =
        format!("rtp && udp.srcport < 30000 && udp.dstport >= {} && udp.dstport < {}", ports.0, ports.1);
    let lines = packets.fields(&filter, &["rtp.p_type", "rtp.timestamp", "rtp.payload"])?;
    let mut heard: BTreeMap<u32, Vec<i16>> = BTreeMap::new();
    let mut first = None;
    for line in &lines {
        let mut fields = line.split('\t');
        let (Some(kind), Some(at), Some(payload)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let law = match kind {
            "0" => Law::Mu,
            "8" => Law::A,
            _ => continue,
        };
        let at: u32 = at.parse().map_err(|_| format!("no timestamp: {line}"))?;
        let from = at.wrapping_sub(*first.get_or_insert(at));
        heard.insert(from, octets(payload).into_iter().map(|octet| law.decode(octet)).collect());
    }
    let kept = house.folder.join(format!("{place}.wav"));
    write(&kept, &heard).map_err(|error| error.to_string())?;
    let score = score(sent, &kept)?;
    let said = format!("{} as {}, {} packets, PESQ-NB {score:.2}", call.number, call.codec, heard.len());
    if score >= SCORE_MIN { Ok(said) } else { Err(said) }
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.bytes().filter(|byte| *byte != b':').collect();
    let pairs =
        digits.chunks(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}

fn write(path: &Path, heard: &BTreeMap<u32, Vec<i16>>) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    let mut at = 0;
    for (from, samples) in heard {
        // What never came is silence; what is longer than the call is no gap.
        for _ in at..(*from).min(at + RATE * 60) {
            writer.write_sample(0_i16)?;
        }
        for sample in samples {
            writer.write_sample(*sample)?;
        }
        at = from + u32::try_from(samples.len()).unwrap_or(0);
    }
    writer.finalize()
}

/// A range of RTP ports for the phone at `place`, away from other runs' and from the gateway's.
fn rtp_ports(place: usize) -> (usize, usize) {
    let first = 32_000 + std::process::id() as usize % 400 * 64 + place * 16;
    (first, first + 14)
}

fn callee(house: &House, speech: &Path) -> Result<Child, String> {
    let at = SocketAddr::from((house.own(), CARRIER_PORT));
    let account = format!("<sip:2000@{at}>;regint=0;audio_codecs=pcma/8000/1;ptime=20;answermode=auto");
    let mut phone = phone(house, CALLS.len(), at, &account, None, speech)?;
    let log = house.folder.join(format!("baresip-{}.out", CALLS.len()));
    let ready = wait::until(CALL_MAX, || {
        fs::read_to_string(&log).is_ok_and(|text| text.contains("ready")) || !phone.runs()
    });
    if ready && phone.runs() { Ok(phone) } else { Err(fs::read_to_string(&log).unwrap_or_default()) }
}

fn caller(house: &House, place: usize, call: &Call, speech: &Path) -> Result<Child, String> {
    let at = SocketAddr::from((house.trusted(), 5070 + u16::try_from(place).unwrap_or(0) * 2));
    let account = format!("<sip:070{place}@{at}>;regint=0;audio_codecs={}/8000/1;ptime=20", call.codec);
    phone(house, place, at, &account, Some(&format!("d sip:{}@{}", call.number, house.sip())), speech)
}

/// A baresip with a configuration of its own; it hangs up and ends by itself.
fn phone(
    house: &House,
    place: usize,
    at: SocketAddr,
    account: &str,
    command_line: Option<&str>,
    speech: &Path,
) -> Result<Child, String> {
    let folder: PathBuf = house.folder.join(format!("baresip-{place}"));
    let (first, last) = rtp_ports(place);
    let modules =
        ["/usr/lib/baresip/modules", "/usr/lib64/baresip/modules", "/usr/local/lib/baresip/modules"];
    let modules =
        modules.into_iter().find(|path| Path::new(path).is_dir()).ok_or("baresip has no modules")?;
    let config = format!(
        "poll_method epoll\nsip_listen {at}\naudio_source aufile,{}\naudio_player aubridge,nobody{place}\n\
         audio_alert aubridge,nobody{place}\naudio_level no\nrtp_ports {first}-{last}\nrtcp_mux no\n\
         jitter_buffer_delay 5-10\nmodule_path {modules}\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\n\
         module_app account.so\nmodule_app menu.so\n",
        text(speech)
    );
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("config"), config))
        .and_then(|()| fs::write(folder.join("accounts"), format!("{account}\n")))
        .and_then(|()| fs::write(folder.join("contacts"), ""))
        .and_then(|()| fs::File::create(folder.with_extension("out")));
    let out = written.map_err(|error| error.to_string())?;
    let twin = out.try_clone().map_err(|error| error.to_string())?;
    let mut command = Command::new("baresip");
    // The callee outlives the callers.
    command.args(["-4", "-t", if command_line.is_some() { "9" } else { "12" }, "-f"]).arg(&folder);
    if let Some(line) = command_line {
        command.args(["-e", line]);
    }
    command.stdout(Stdio::from(out)).stderr(Stdio::from(twin));
    Child::start(&mut command).map_err(|error| format!("baresip: {error}"))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// PESQ-NB of one file against another.
fn score(sent: &Path, received: &Path) -> Result<f64, String> {
    let said = python(&["score", &text(sent), &text(received)])?;
    let score = said.split_whitespace().find_map(|word| word.strip_prefix("pesq=")?.parse().ok());
    score.ok_or(said)
}

/// Our script, in the environment the test script made for it.
fn python(arguments: &[&str]) -> Result<String, String> {
    let tools = std::env::var_os("TOOLS").map(PathBuf::from);
    let own = tools.map(|tools| tools.join("venv/bin/python")).filter(|python| python.exists());
    let mut command = Command::new(own.unwrap_or_else(|| PathBuf::from("python3")));
    command.arg(beside("score.py")).args(arguments).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("python3: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
