//! A SIP phone on loopback for the demo: it calls one number, speaks, listens, and hangs up.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use media::codec::Law;
use media::sdp::{Description, Local, Session};
use media::{
    Backend, Bearer, Codec, Command, EndpointId, Engine, EngineConfig, Ids, Statistics, StreamConfig,
};
use sip::stack::{Config, Content, Destination, Event, Input, Invite, Listener, Output, Stack};
use sip::transport::Transport;

/// How long a call may take to be answered.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// What is listened to after the last word.
const AFTER: Duration = Duration::from_millis(1200);
/// How long a wait for the socket lasts at most.
const NAP: Duration = Duration::from_millis(20);
/// How long the media thread may take to close.
const CLOSING_MAX: Duration = Duration::from_secs(3);

/// What became of a call.
pub(super) struct Heard {
    /// The final status.
    pub(super) status: u16,
    /// From the INVITE to the answer.
    pub(super) answered_after: Option<Duration>,
    /// What was heard while speaking and a little longer, 8 kHz.
    pub(super) pcm: Vec<i16>,
    /// The codec agreed on.
    pub(super) codec: Option<Codec>,
    /// What the RTP endpoint counted.
    pub(super) statistics: Option<Box<Statistics>>,
}

/// A phone with its own socket, SIP stack and media thread.
pub(super) struct Phone {
    socket: UdpSocket,
    address: SocketAddr,
    stack: Stack,
    engine: Engine,
    ids: Ids,
    port: u16,
}

impl Phone {
    /// A phone on a free port of loopback.
    ///
    /// # Errors
    /// In words: what the system did not give.
    pub(super) fn new(seed: [u8; 32]) -> Result<Self, String> {
        let named = |why: std::io::Error| format!("the phone's socket: {why}");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(named)?;
        let address = socket.local_addr().map_err(named)?;
        let listener = Listener { transport: Transport::Udp, local: address, advertised: None };
        let stack = Stack::new(Config { listeners: vec![listener], ..Config::default() }, seed);
        let engine = Engine::start(&EngineConfig { threads: 1, endpoints: 4, backend: Backend::Auto, seed })
            .map_err(|why| format!("the phone's media thread: {why}"))?;
        let port = free_pair().ok_or("no two free ports for the phone's voice")?;
        Ok(Self { socket, address, stack, engine, ids: Ids::new(1, 4), port })
    }

    /// Where it is.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls `number` at `server`, says `speech` once answered, and hangs up.
    ///
    /// # Errors
    /// In words: what went wrong on this side of the wire.
    pub(super) fn call(mut self, server: SocketAddr, number: &str, speech: &[i16]) -> Result<Heard, String> {
        let local = SocketAddr::new(self.address.ip(), self.port);
        let mut sdp = Session::new(u64::from(self.address.port()));
        let offer = sdp.offer(&Local::new(local.ip(), local.port(), &[Codec::Pcma, Codec::Pcmu]));
        let (rtp, line, heard) = self.open_voice(local, speech)?;
        let began = Instant::now();
        let target = format!("sip:{number}@{server}");
        let session = self
            .stack
            .invite(
                &Invite {
                    target: target.as_bytes(),
                    destination: Destination {
                        transport: Transport::Udp,
                        local: self.address,
                        remote: server,
                    },
                    from: format!("\"Demo\" <sip:2000@{}>", self.address).as_bytes(),
                    to: format!("<{target}>").as_bytes(),
                    routes: &[],
                    max_forwards: 70,
                    content: Content::sdp(&offer),
                },
                began,
            )
            .map_err(|why| format!("the phone's INVITE: {why}"))?;
        let mut talk = Talk { sdp, rtp, line, codec: None, answered: None, status: None };
        self.wait_for_answer(&mut talk, began + ANSWER_MAX);
        let answered_after = talk.answered.map(|at| at.saturating_duration_since(began));
        let milliseconds = u64::try_from(speech.len() / 8).unwrap_or(0);
        let mut pcm = Vec::new();
        if talk.answered.is_some() {
            // What was heard before the first word is not compared with it.
            while heard.try_recv().is_ok() {}
            self.live(&mut talk, Instant::now() + Duration::from_millis(milliseconds) + AFTER);
            pcm = heard.try_iter().flatten().map(|octet| Law::A.decode(octet)).collect();
        }
        // A call that is over by itself needs no end.
        let _over = self.stack.end(session, &Content::EMPTY, Instant::now());
        self.live(&mut talk, Instant::now() + Duration::from_millis(200));
        let statistics = self.close_voice(&talk);
        Ok(Heard { status: talk.status.unwrap_or(408), answered_after, pcm, codec: talk.codec, statistics })
    }

    fn open_voice(
        &mut self,
        local: SocketAddr,
        speech: &[i16],
    ) -> Result<(EndpointId, Voice, Receiver<Vec<u8>>), String> {
        let (sender, heard) = channel();
        let says: Vec<u8> = speech.iter().map(|&sample| Law::A.encode(sample)).collect();
        let rtp = self.ids.take().ok_or("no endpoint for the phone")?;
        let line = self.ids.take_beside(rtp).ok_or("no endpoint for the phone")?;
        self.tell(Command::Open { endpoint: rtp, local })?;
        let mouth = Mouth { says: says.into_iter(), heard: sender };
        Ok((rtp, Voice { line, mouth: Some(mouth) }, heard))
    }

    fn tell(&mut self, command: Command) -> Result<(), String> {
        self.engine.send(command).map_err(|full| format!("the phone's media thread: {full:?}"))
    }

    fn wait_for_answer(&mut self, talk: &mut Talk, until: Instant) {
        while talk.answered.is_none() && talk.status.is_none() && Instant::now() < until {
            self.turn(talk);
        }
    }

    fn live(&mut self, talk: &mut Talk, until: Instant) {
        while Instant::now() < until {
            self.turn(talk);
        }
    }

    /// Sends what is to be sent, waits a little, takes what has come.
    fn turn(&mut self, talk: &mut Talk) {
        let now = Instant::now();
        self.stack.handle_input(Input::Timeout, now);
        while let Some(output) = self.stack.poll_output() {
            match output {
                Output::Send(transmit) => {
                    // What is lost here is sent again by the stack.
                    let _sent = self.socket.send_to(&transmit.bytes, transmit.destination);
                    self.stack.recycle(transmit.bytes);
                }
                Output::Event(event) => self.happened(talk, event, now),
                Output::Connect { .. } | Output::Close { .. } | Output::Trace(_) => {}
            }
        }
        let wait = self.stack.poll_timeout().map_or(NAP, |at| at.saturating_duration_since(now)).min(NAP);
        let mut buffer = [0; 65_536];
        // A wait of nothing would be a wait for ever.
        let _set = self.socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))));
        match self.socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                let bytes = buffer.get(..length).unwrap_or_default();
                self.stack
                    .handle_input(Input::Datagram { local: self.address, source, bytes }, Instant::now());
            }
            Err(why)
                if matches!(
                    why.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(_) => {}
        }
        while self.engine.poll_event().is_some() {}
    }

    fn happened(&mut self, talk: &mut Talk, event: Event, now: Instant) {
        match event {
            Event::Accepted { message, .. } => {
                talk.status = Some(200);
                let answer = message.message().body_of("application/sdp").map(Description::parse);
                let Some(Ok(answer)) = answer else { return };
                let Ok(negotiated) = talk.sdp.negotiate(&answer) else { return };
                talk.codec = Some(negotiated.codec);
                talk.answered = Some(now);
                self.speak(talk, StreamConfig::new(negotiated));
            }
            Event::Rejected { status, .. } => talk.status = Some(status),
            Event::Invite { .. }
            | Event::Provisional { .. }
            | Event::Acknowledged { .. }
            | Event::Canceled { .. }
            | Event::Offer { .. }
            | Event::OfferWithdrawn { .. }
            | Event::OfferRefused { .. }
            | Event::Ended { .. }
            | Event::Request { .. }
            | Event::Response { .. } => {}
        }
    }

    /// The first word is said when the call is answered.
    fn speak(&mut self, talk: &mut Talk, stream: StreamConfig) {
        let Some(mouth) = talk.line.mouth.take() else { return };
        let line = talk.line.line;
        let commands = [
            Command::Configure { endpoint: talk.rtp, stream },
            Command::OpenBearer { endpoint: line, bearer: Box::new(mouth), detect_digits: false },
            Command::Bridge { a: talk.rtp, b: line },
        ];
        for command in commands {
            if let Err(why) = self.tell(command) {
                tracing::error!(%why, "no voice");
            }
        }
    }

    fn close_voice(&mut self, talk: &Talk) -> Option<Box<Statistics>> {
        self.tell(Command::Close { endpoint: talk.line.line }).ok()?;
        self.tell(Command::Close { endpoint: talk.rtp }).ok()?;
        let until = Instant::now() + CLOSING_MAX;
        while Instant::now() < until {
            match self.engine.poll_event() {
                Some(media::Event::Closed { endpoint, statistics }) if endpoint == talk.rtp => {
                    return Some(statistics);
                }
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }
}

/// A call while it lives.
struct Talk {
    sdp: Session,
    rtp: EndpointId,
    line: Voice,
    codec: Option<Codec>,
    answered: Option<Instant>,
    status: Option<u16>,
}

/// The phone's handset: its endpoint, and what speaks into it once answered.
struct Voice {
    line: EndpointId,
    mouth: Option<Mouth>,
}

/// Says the speech and passes on what it hears.
struct Mouth {
    says: std::vec::IntoIter<u8>,
    heard: Sender<Vec<u8>>,
}

impl Bearer for Mouth {
    fn law(&self) -> Law {
        Law::A
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        for octet in from_line {
            *octet = self.says.next().unwrap_or(Law::A.silence());
        }
        // The phone may have stopped listening.
        let _heard = self.heard.send(to_line.to_vec());
    }
}

/// An even port of loopback that is free with the one above it.
pub(super) fn free_pair() -> Option<u16> {
    (0..200).find_map(|_| {
        let first = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
        let port = first.local_addr().ok()?.port();
        let above = UdpSocket::bind((Ipv4Addr::LOCALHOST, port.checked_add(1)?)).ok();
        (port % 2 == 0 && above.is_some()).then_some(port)
    })
}
