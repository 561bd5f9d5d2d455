//! A trunk that is a SIP peer.

use std::net::SocketAddr;
use std::time::Duration;

use ::media::Codec;
use ::sip::message::Uri;
use mistakes::{Map, Network, Value};

use super::super::Transport;

/// The port of SIP without TLS, RFC 3261 §19.1.2.
const SIP_PORT: u16 = 5060;
/// The most networks a trunk's calls may come from.
const SOURCES_MAX: usize = 1000;
/// The longest window in which an unsignalled source of RTP may be learnt.
const LATCH_MAX: Duration = Duration::from_secs(10);

/// A SIP peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipTrunk {
    /// Where calls to it go.
    pub peer: Peer,
    /// Who may send calls as this trunk; the peer itself if not said.
    pub sources: Vec<Network>,
    /// The codecs allowed, best first.
    pub codecs: Vec<Codec>,
    /// Learn the source of its RTP once within this time of signalling; `None`: the signalled address only.
    pub latch: Option<Duration>,
}

/// Where calls to a SIP trunk go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address.
    pub address: SocketAddr,
    /// By which transport.
    pub transport: Transport,
}

pub(super) const FIELDS: [&str; 4] = ["peer", "sources", "codecs", "latch"];

pub(super) fn read(map: &Map<'_>) -> Option<SipTrunk> {
    let peer = map.required("peer", peer);
    let sources = map.optional("sources", sources);
    let codecs = match map.get("codecs") {
        None => Some(vec![Codec::Pcma, Codec::Pcmu]),
        Some(_) => map.optional("codecs", codecs),
    };
    let latch = map.optional("latch", latch);
    let peer = peer?;
    let sources = match map.get("sources") {
        None => vec![peer.address.ip().to_string().parse().ok()?],
        Some(_) => sources?,
    };
    Some(SipTrunk { peer, sources, codecs: codecs?, latch })
}

fn peer(value: Value<'_>) -> Option<Peer> {
    let expected = "a SIP URI with an IP address, such as \"sip:192.0.2.7:5060;transport=udp\"";
    value.parse(expected, |text| {
        let Some(uri) = Uri::parse(text.as_bytes()) else {
            return Err("this is no SIP URI".to_owned());
        };
        if text.starts_with("sips:") {
            return Err("`sips:` needs TLS, which comes in a later version".to_owned());
        }
        let Some(host) = uri.host.filter(|_| uri.is_sip()) else {
            return Err("this is no SIP URI".to_owned());
        };
        if uri.user.is_some() {
            return Err("a peer has no user part: the number called goes there".to_owned());
        }
        if let Some((name, _)) = uri.params().find(|(name, _)| !name.eq_ignore_ascii_case(b"transport")) {
            return Err(format!("the parameter `{}` means nothing here", String::from_utf8_lossy(name)));
        }
        let Some(address) = host.address() else {
            return Err("names are not looked up in this version: an IP address is needed".to_owned());
        };
        let transport = match uri.param_value("transport").map(<[u8]>::to_ascii_lowercase).as_deref() {
            None | Some(b"udp") => Transport::Udp,
            Some(b"tcp") => Transport::Tcp,
            Some(b"tls") => return Err("`transport=tls` comes in a later version".to_owned()),
            Some(_) => return Err("`transport` is udp or tcp".to_owned()),
        };
        Ok(Peer { address: SocketAddr::new(address, uri.port.unwrap_or(SIP_PORT)), transport })
    })
}

fn sources(value: Value<'_>) -> Option<Vec<Network>> {
    let items = value.items()?;
    if items.len() > SOURCES_MAX {
        value.complain(format!("{} networks, more than {SOURCES_MAX}", items.len()));
        return None;
    }
    Some(items.into_iter().filter_map(Value::network).collect())
}

fn codecs(value: Value<'_>) -> Option<Vec<Codec>> {
    let mut codecs = Vec::new();
    for item in value.items()? {
        let Some(codec) = codec(item) else { continue };
        if codecs.contains(&codec) {
            item.complain("this codec is in the list already");
        } else {
            codecs.push(codec);
        }
    }
    if value.items().is_some_and(|items| items.is_empty()) {
        value.complain_expected("no codec is left to speak with", "pcma, pcmu or both, best first");
        return None;
    }
    Some(codecs)
}

fn codec(value: Value<'_>) -> Option<Codec> {
    let word = value.text()?;
    match word {
        "pcma" => Some(Codec::Pcma),
        "pcmu" => Some(Codec::Pcmu),
        "opus" | "g722" | "g729" | "amr" | "amr-wb" | "evs" | "ilbc" => {
            value.complain_expected(&format!("the codec {word} comes in a later version"), "pcma or pcmu");
            None
        }
        other => {
            value.unknown("codec", other, ["pcma", "pcmu"]);
            None
        }
    }
}

fn latch(value: Value<'_>) -> Option<Duration> {
    let window = value.duration()?;
    if window.is_zero() || window > LATCH_MAX {
        value.complain_expected(
            "in a window this long a stranger could take over the voice",
            &format!("at most {}s, or no `latch`", LATCH_MAX.as_secs()),
        );
        return None;
    }
    Some(window)
}
