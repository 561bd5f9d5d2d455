//! Everything between two phones, and the one clock they share.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gateway::b2bua::{Gateway, Input, Output};
use gateway::config::{self, Surroundings};
use gateway::records::{CallRecord, WallClock};
use trunks::sim::{Exchange, Observation};

use super::ladder::{Ladder, Step};
use super::network::{Datagram, Fate, Network};
use super::phone::Phone;
use super::plane::Plane;
use super::wire;

/// The name of the gateway's lane.
pub const TANDEM: &str = "tandem";
/// The trunk with the simulated exchange.
pub const PSTN: &str = "pstn";
/// The gateway's SIP address.
pub const GATEWAY: &str = "127.0.0.1:5060";

/// What is not as in the lab.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Lines added to `carrier`.
    pub carrier: String,
    /// Lines added to `other`.
    pub other: String,
    /// Lines added to `pstn`.
    pub pstn: String,
    /// Lines added to `sip`.
    pub sip: String,
    /// The RTP ports.
    pub ports: Option<String>,
    /// The whole dial plan.
    pub plan: Option<String>,
    /// The exchange's whole script.
    pub exchange: Option<String>,
}

/// The dial plan of most pages: the lab's, and a second carrier to fail over to.
const PLAN: &str = r#"
dialplan: 1
trunks:
  carrier: {send: {called: as-dialled, calling: as-dialled}}
  other: {send: {called: as-dialled, calling: as-dialled}}
  pstn: {send: {called: as-dialled, calling: as-dialled}}
routes:
  overflow: {reroute: congestion, try: [{via: pstn, priority: 1}, {via: carrier, priority: 2}]}
  carriers: {reroute: congestion, try: [{via: carrier, priority: 1}, {via: other, priority: 2}]}
rules:
  - {id: from-pstn-to-both, when: {from: pstn, dialled: "5xxx"}, then: {route: carriers}}
  - {id: from-pstn, when: {from: pstn}, then: {to: carrier}}
  - {id: exchange, when: {dialled: ["1xxx", "19xxx"]}, then: {to: pstn}}
  - {id: other, when: {dialled: "4xxx"}, then: {to: other}}
  - {id: carrier, when: {dialled: "2xxx"}, then: {to: carrier}}
  - {id: overflow, when: {dialled: "3xxx"}, then: {route: overflow}}
  - {id: both, when: {from: other, dialled: "5xxx"}, then: {route: carriers}}
  - {id: barred, when: {dialled: "6xxx"}, then: {reject: {cause: 21}}}
"#;

/// Files that are not on any disk.
struct Files {
    config: String,
    plan: String,
    exchange: String,
}

impl Surroundings for Files {
    fn text(&self, file: &Path) -> Result<String, String> {
        match file.file_name().and_then(|name| name.to_str()) {
            Some("tandem.yaml") => Ok(self.config.clone()),
            Some("plan.yaml") => Ok(self.plan.clone()),
            Some("exchange.yaml") => Ok(self.exchange.clone()),
            _ => Err("there is no such file".into()),
        }
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, String> {
        self.text(file).map(String::into_bytes)
    }

    fn secret(&self, _source: &mistakes::SecretSource) -> Result<String, String> {
        Err("there are no secrets here".into())
    }
}

impl Setting {
    fn files(&self) -> Files {
        let ports = self.ports.as_deref().unwrap_or("20000-29999");
        let added = |lines: &str| lines.lines().map(|line| format!("    {line}\n")).collect::<String>();
        let config = format!(
            "node: page\nsip:\n  listen: [\"udp:{GATEWAY}\"]\n{sip}media: {{address: 127.0.0.1, ports: {ports}, threads: 1}}\n\
             trunks:\n  carrier:\n    kind: sip\n    peer: \"sip:127.0.0.2:5090\"\n    sources: [\"127.0.0.2/32\"]\n\
             {carrier}  other:\n    kind: sip\n    peer: \"sip:127.0.0.3:5090\"\n    sources: [\"127.0.0.3/32\"]\n\
             {other}  pstn:\n    kind: isdn\n    driver: simulated\n    span: e1\n    exchange: exchange.yaml\n\
             {pstn}dialplan: plan.yaml\n",
            sip = self.sip.lines().map(|line| format!("  {line}\n")).collect::<String>(),
            carrier = added(&self.carrier),
            other = added(&self.other),
            pstn = added(&self.pstn),
        );
        let lab = include_str!("../../../deploy/lab/exchange.yaml");
        Files {
            config,
            plan: self.plan.clone().unwrap_or_else(|| PLAN.into()),
            exchange: self.exchange.clone().unwrap_or_else(|| lab.into()),
        }
    }
}

/// The world.
pub struct World {
    /// Now.
    pub now: Instant,
    /// When it began.
    pub start: Instant,
    /// The gateway under test.
    pub gateway: Gateway,
    /// Its media threads.
    pub plane: Plane,
    /// What lies between.
    pub network: Network,
    /// Who is there.
    pub phones: Vec<Phone>,
    /// What was said.
    pub ladder: Ladder,
    /// Every call's record so far.
    pub records: Vec<Arc<CallRecord>>,
    /// Draws what befalls each datagram, in a storm.
    pub weather: Option<Box<dyn FnMut() -> Option<Fate>>>,
    /// Draws no ladder: a storm says too much.
    pub silent: bool,
    address: SocketAddr,
}

impl World {
    /// A world at rest.
    ///
    /// # Errors
    /// Every mistake in its config.
    pub fn new(setting: &Setting, seed: u64) -> Result<Self, String> {
        let start = crate::io::epoch();
        let loaded = config::load("tandem.yaml", &setting.files()).map_err(|mistakes| {
            let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            said.join("\n")
        })?;
        let address: SocketAddr = GATEWAY.parse().expect("an address");
        let bound = [(sip::transport::Transport::Udp, address)];
        let settings =
            gateway::b2bua::assemble(&loaded.config, &bound, 1, start).expect("a config that works");
        let wall = WallClock::new(start, "2026-01-05T09:00:00Z".parse().expect("a time"));
        let mut chance = [0; 32];
        chance[..8].copy_from_slice(&seed.to_le_bytes());
        let mut gateway = Gateway::new(settings, loaded.config.dialplan, chance, wall, start);
        gateway.at_exchange(PSTN, start, Exchange::watch);
        let phone = |name: &str, at: &str| Phone::new(name, at.parse().expect("an address"), address);
        let phones = vec![
            phone("carrier", "127.0.0.2:5090"),
            phone("other", "127.0.0.3:5090"),
            phone("stranger", "127.0.0.9:5090"),
        ];
        Ok(Self {
            now: start,
            start,
            gateway,
            plane: Plane::default(),
            network: Network::default(),
            phones,
            ladder: Ladder::default(),
            records: Vec::new(),
            weather: None,
            silent: false,
            address,
        })
    }

    /// The phone of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn phone(&mut self, name: &str) -> &mut Phone {
        self.phones
            .iter_mut()
            .find(|phone| phone.name == name)
            .unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Does something with the far end of the E1.
    pub fn exchange(&mut self, act: impl FnOnce(&mut Exchange, Instant)) {
        let now = self.now;
        self.gateway.at_exchange(PSTN, now, |exchange| act(exchange, now));
        self.settle();
    }

    /// Lets a phone do something.
    pub fn with_phone(&mut self, name: &str, act: impl FnOnce(&mut Phone, Instant)) {
        let now = self.now;
        act(self.phone(name), now);
        self.settle();
    }

    /// When the next thing happens, if anything will.
    pub fn next(&self) -> Option<Instant> {
        let phones = self.phones.iter().filter_map(Phone::poll_timeout);
        phones.chain(self.gateway.poll_timeout()).chain(self.network.poll_timeout()).min()
    }

    /// Goes to the next thing that happens, at most to `limit`; says whether anything happened.
    pub fn step(&mut self, limit: Instant) -> bool {
        let Some(next) = self.next().filter(|next| *next <= limit) else {
            self.now = self.now.max(limit);
            return false;
        };
        self.now = self.now.max(next);
        let now = self.now;
        if let Some(datagram) = self.network.arrive(now) {
            self.deliver(&datagram);
        } else if self.gateway.poll_timeout().is_some_and(|due| due <= now) {
            self.gateway.handle_input(Input::Timeout, now);
        } else {
            for phone in &mut self.phones {
                phone.handle_timeout(now);
            }
        }
        self.settle();
        true
    }

    /// Lets time pass.
    pub fn pass(&mut self, time: Duration) {
        let limit = self.now + time;
        while self.step(limit) {}
    }

    /// Goes on until the gateway holds nothing, at most for `limit`; says whether it got there.
    pub fn come_to_rest(&mut self, limit: Duration) -> bool {
        let end = self.now + limit;
        while !(self.gateway.at_rest() && self.network.poll_timeout().is_none() && !self.phones_wait()) {
            if !self.step(end) {
                return self.gateway.at_rest();
            }
        }
        true
    }

    fn phones_wait(&self) -> bool {
        self.phones.iter().any(|phone| phone.poll_timeout().is_some())
    }

    fn deliver(&mut self, datagram: &Datagram) {
        let now = self.now;
        if datagram.to == self.address {
            let (local, source, bytes) = (datagram.to, datagram.from, datagram.bytes.as_slice());
            self.gateway.handle_input(Input::Sip(sip::stack::Input::Datagram { local, source, bytes }), now);
        } else if let Some(phone) = self.phones.iter_mut().find(|phone| phone.address == datagram.to) {
            phone.receive(&datagram.bytes, now);
        }
    }

    /// Carries what everyone has to say, until nobody says anything more at this moment.
    pub fn settle(&mut self) {
        loop {
            let mut quiet = true;
            let mut outputs: VecDeque<Output> = std::iter::from_fn(|| self.gateway.poll_output()).collect();
            // 100 Trying is said before anything is done; what passes on the E1 is heard before it is told on.
            let trying = |output: &Output| matches!(output, Output::Sip(sip::stack::Output::Send(sent)) if wire::kind(&sent.bytes) == "100");
            while outputs.front().is_some_and(trying) {
                outputs.pop_front().into_iter().for_each(|output| self.said_by_gateway(output));
            }
            self.observe();
            for output in outputs {
                quiet = false;
                self.said_by_gateway(output);
            }
            let commands: Vec<_> = self.gateway.drain_media().collect();
            commands.iter().for_each(|command| self.plane.obey(command));
            while let Some(event) = self.plane.poll_event() {
                quiet = false;
                self.gateway.handle_input(Input::Media(event), self.now);
            }
            for index in 0..self.phones.len() {
                while let Some(bytes) = self.phones[index].poll_send() {
                    quiet = false;
                    let from = self.phones[index].address;
                    self.send(Datagram { from, to: self.address, bytes });
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn said_by_gateway(&mut self, output: Output) {
        let output = match output {
            Output::Sip(output) => output,
            Output::Record(record) => return self.records.push(record),
        };
        match output {
            sip::stack::Output::Send(transmit) => {
                let datagram =
                    Datagram { from: self.address, to: transmit.destination, bytes: transmit.bytes.clone() };
                self.send(datagram);
                self.gateway.recycle(transmit.bytes);
            }
            sip::stack::Output::Connect { connection, .. } => {
                // Nobody here listens on a stream.
                let closed = sip::stack::Input::Closed { connection };
                self.gateway.handle_input(Input::Sip(closed), self.now);
            }
            sip::stack::Output::Close { .. }
            | sip::stack::Output::Event(_)
            | sip::stack::Output::Trace(_) => {}
        }
    }

    fn send(&mut self, datagram: Datagram) {
        let kind = wire::kind(&datagram.bytes);
        let (from, to) = (self.name_of(datagram.from), self.name_of(datagram.to));
        let label = if self.silent { String::new() } else { wire::describe(&datagram.bytes) };
        let fate = match &mut self.weather {
            Some(weather) => {
                let fate = weather();
                self.network.carry(datagram, fate, self.now);
                fate
            }
            None => self.network.send(datagram, &kind, self.now),
        };
        self.note(from, to, label, fate == Some(Fate::Lost));
    }

    fn name_of(&self, address: SocketAddr) -> String {
        let phone = self.phones.iter().find(|phone| phone.address == address);
        phone.map_or_else(|| TANDEM.to_owned(), |phone| phone.name.clone())
    }

    fn note(&mut self, from: String, to: String, label: String, lost: bool) {
        if !self.silent {
            self.ladder.add(Step { at: self.now - self.start, from, to, label, lost });
        }
    }

    /// Draws a remark at a lane.
    pub fn remark(&mut self, lane: &str, what: &str) {
        self.note(lane.into(), lane.into(), what.into(), false);
    }

    /// Draws what passed on the E1.
    fn observe(&mut self) {
        let all = |exchange: &mut Exchange| std::iter::from_fn(|| exchange.observe()).collect::<Vec<_>>();
        for observation in self.gateway.at_exchange(PSTN, self.now, all).unwrap_or_default() {
            let (tandem, pstn) = (TANDEM.to_owned(), PSTN.to_owned());
            match observation {
                Observation::Called { called, calling, .. } => {
                    self.note(tandem, pstn, wire::setup(&called, calling.as_ref()), false);
                }
                Observation::Said { signal, .. } => self.note(tandem, pstn, wire::signal(&signal), false),
                Observation::Told { signal, .. } => self.note(pstn, tandem, wire::signal(&signal), false),
                Observation::Heard { digit, .. } => {
                    self.remark(PSTN, &format!("hears {}", digit.as_char()));
                }
                Observation::NoChannel { .. } => self.remark(PSTN, "finds no free channel"),
                Observation::Originated { .. } => {}
            }
        }
    }

    /// The lanes, from left to right.
    pub fn lanes() -> Vec<String> {
        ["stranger", "carrier", TANDEM, "other", PSTN].map(String::from).to_vec()
    }
}
