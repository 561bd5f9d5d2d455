//! From what is configured to what runs: the settings of a gateway, put together from a config.

use std::net::SocketAddr;
use std::time::Instant;

use sip::message::{Capabilities, MESSAGE_BYTES_MAX, Method, Scheme, URI_BYTES_MAX};
use sip::stack::{Limits, Listener};
use sip::transport::Transport;
use trunks::sim::Exchange;

use super::{LineTrunk, Media, Patience, Settings, SipTrunk, TrunkKind, TrunkSettings};
use crate::config::{self, Config, EarlyMedia};

/// Endpoints a media thread holds at most: two a call, and as many again for those that are being closed.
pub const ENDPOINTS_PER_THREAD: u16 = 40_000;

/// What our user agent can: calls described by SDP. Reliable provisional responses come later, so that an
/// INVITE which requires them is told so (420).
const CAPABILITIES: Capabilities = Capabilities {
    methods: &[Method::Invite, Method::Ack, Method::Cancel, Method::Bye, Method::Options, Method::Update],
    // The B2BUA refuses what it would carry on by SIP itself: a call to a line ends here.
    forwarded: &[],
    extensions: &[],
    content_types: &["application/sdp", "multipart/mixed", "multipart/alternative"],
    schemes: &[Scheme::Sip, Scheme::Tel],
    message_bytes_max: MESSAGE_BYTES_MAX,
    uri_bytes_max: URI_BYTES_MAX,
};

/// The settings of the gateway this config describes, on listeners that are bound already.
///
/// # Errors
/// What cannot work although each part of the config is right by itself.
pub fn assemble(
    config: &Config,
    bound: &[(Transport, SocketAddr)],
    media_threads: usize,
    now: Instant,
) -> Result<Settings, String> {
    let media = Media {
        address: config.media.address,
        ports: config.media.ports.clone(),
        threads: media_threads,
        endpoints_per_thread: usize::from(ENDPOINTS_PER_THREAD),
    };
    let trunks: Result<Vec<TrunkSettings>, String> =
        config.trunks.iter().map(|trunk| trunk_settings(trunk, bound, &media, now)).collect();
    Ok(Settings {
        node: config.node.clone(),
        sip: stack_config(config, bound, &media),
        calls_max: size(config.sip.limits.calls),
        stranger_requests_per_second: std::num::NonZeroU32::new(
            config.sip.limits.stranger_requests_per_second,
        ),
        calls_per_second: std::num::NonZeroU32::new(config.sip.limits.calls_per_second),
        media,
        trunks: trunks?,
    })
}

fn stack_config(config: &Config, bound: &[(Transport, SocketAddr)], media: &Media) -> sip::stack::Config {
    let limits = config.sip.limits;
    sip::stack::Config {
        listeners: bound
            .iter()
            .map(|&(transport, local)| Listener { transport, local, advertised: advertised(local, media) })
            .collect(),
        limits: Limits {
            sessions: size(limits.calls).saturating_mul(2),
            transactions: size(limits.transactions),
            connections: size(limits.connections),
            connections_per_address: size(limits.connections_per_address),
            ..Limits::default()
        },
        capabilities: CAPABILITIES,
        ..sip::stack::Config::default()
    }
}

/// What peers are told of a listener on every address: the address that voice uses.
fn advertised(local: SocketAddr, media: &Media) -> Option<String> {
    local.ip().is_unspecified().then(|| SocketAddr::new(media.address, local.port()).to_string())
}

fn trunk_settings(
    trunk: &config::TrunkConfig,
    bound: &[(Transport, SocketAddr)],
    media: &Media,
    now: Instant,
) -> Result<TrunkSettings, String> {
    let waits = trunk.waits;
    let patience =
        Patience { setup: waits.setup, ringing: waits.ringing, talking: waits.talking, tones: waits.tones };
    let kind = match &trunk.kind {
        config::TrunkKind::Sip(sip) => TrunkKind::Sip(sip_trunk(trunk, sip, bound, media)?),
        config::TrunkKind::Line(line) => TrunkKind::Line(Box::new(line_trunk(trunk, line, now)?)),
    };
    Ok(TrunkSettings { name: trunk.name.clone(), patience, country: trunk.tones, kind })
}

fn sip_trunk(
    trunk: &config::TrunkConfig,
    sip: &config::SipTrunk,
    bound: &[(Transport, SocketAddr)],
    media: &Media,
) -> Result<SipTrunk, String> {
    let transport = match sip.peer.transport {
        config::Transport::Udp => Transport::Udp,
        config::Transport::Tcp => Transport::Tcp,
    };
    let peer = sip.peer.address;
    let same =
        |&&(kind, local): &&(Transport, SocketAddr)| kind == transport && local.is_ipv4() == peer.is_ipv4();
    let Some(&(_, local)) = bound.iter().find(same) else {
        let family = if peer.is_ipv4() { "IPv4" } else { "IPv6" };
        return Err(format!(
            "trunk {}: its peer is reached by {} over {family}, and sip.listen has no such listener",
            trunk.name,
            sip.peer.transport.word()
        ));
    };
    Ok(SipTrunk {
        peer,
        transport,
        local,
        host: advertised(local, media).unwrap_or_else(|| local.to_string()),
        sources: sip.sources.clone(),
        codecs: sip.codecs.clone(),
        calls: trunk.limits.calls,
        calls_per_second: trunk.limits.calls_per_second,
        media_timeout: trunk.media_timeout,
        latch: sip.latch,
        ringback: trunk.early_media == EarlyMedia::Ringback,
    })
}

fn line_trunk(
    trunk: &config::TrunkConfig,
    line: &config::LineTrunk,
    now: Instant,
) -> Result<LineTrunk, String> {
    let waits = trunk.waits;
    let mut config = line.trunk.clone();
    config.timers.t301 = waits.ringing;
    config.timers.t306 = waits.tones;
    config.timers.call = waits.talking;
    let exchange = Exchange::new(&config, line.exchange.clone(), now);
    let channels =
        trunks::Trunk::new(&config, exchange, now).map_err(|why| format!("trunk {}: {why}", trunk.name))?;
    Ok(LineTrunk {
        trunk: channels,
        kind: line.kind.word().to_owned(),
        peer: "simulated exchange".to_owned(),
        codec: match line.law {
            media::Law::A => media::Codec::Pcma,
            media::Law::Mu => media::Codec::Pcmu,
        },
        failure_tones: matches!(line.kind, config::LineKind::Cas | config::LineKind::Fxs),
    })
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
