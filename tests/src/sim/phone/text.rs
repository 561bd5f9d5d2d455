//! SIP and SDP as a phone writes them.

use std::fmt::Write as _;
use std::net::SocketAddr;

use sip::message::{Message, Name};

/// What a description offers or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// The audio port; 0 refuses.
    pub port: u16,
    /// Payload types of G.711, best first.
    pub formats: &'static [u8],
    /// `sendrecv`, `sendonly`, `recvonly`, `inactive`.
    pub direction: &'static str,
    /// The version in `o=`.
    pub version: u32,
}

/// The description of one audio stream.
pub(super) fn description(address: SocketAddr, voice: Voice) -> String {
    let formats: Vec<String> = voice.formats.iter().map(u8::to_string).collect();
    format!(
        "v=0\r\no=- 7 {} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {} RTP/AVP {} 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na={}\r\n",
        voice.version,
        voice.port,
        formats.join(" "),
        voice.direction,
        ip = address.ip(),
    )
}

/// The lines of a message, to which headers and a body are added.
#[derive(Debug)]
pub(super) struct Draft(String);

impl Draft {
    /// A request.
    pub(super) fn request(method: &str, uri: &str) -> Self {
        Self(format!("{method} {uri} SIP/2.0\r\n"))
    }

    /// A response to `request`: its Vias, From, To with `tag`, Call-ID and CSeq.
    pub(super) fn response(status: u16, request: &Message<'_>, tag: &str) -> Self {
        let phrase = sip::message::usual_phrase(status);
        let mut draft = Self(format!("SIP/2.0 {status} {phrase}\r\n"));
        for (name, word) in [(Name::Via, "Via"), (Name::RecordRoute, "Record-Route"), (Name::From, "From")] {
            for value in request.all(name) {
                draft.add(word, &String::from_utf8_lossy(value));
            }
        }
        let to = String::from_utf8_lossy(request.header(Name::To).unwrap_or_default()).into_owned();
        let tagged = if to.contains(";tag=") || status == 100 { to } else { format!("{to};tag={tag}") };
        draft.add("To", &tagged);
        for (name, word) in [(Name::CallId, "Call-ID"), (Name::CSeq, "CSeq")] {
            draft.add(word, &String::from_utf8_lossy(request.header(name).unwrap_or_default()));
        }
        draft
    }

    /// Adds a header.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.0 += name;
        self.0 += ": ";
        self.0 += value;
        self.0 += "\r\n";
    }

    /// Adds a whole header line.
    pub(super) fn line(&mut self, line: &str) {
        self.0 += line;
        self.0 += "\r\n";
    }

    /// The bytes, with a description or none.
    pub(super) fn done(mut self, body: Option<&str>) -> Vec<u8> {
        if body.is_some() {
            self.add("Content-Type", "application/sdp");
        }
        let body = body.unwrap_or_default();
        write!(self.0, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("a string grows");
        self.0.into_bytes()
    }
}
