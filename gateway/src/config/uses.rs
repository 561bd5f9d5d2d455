//! What no single value shows: ports too few, an address in two trunks, a trunk nobody uses.

use mistakes::{Map, Network, Value};

use super::{Config, SipTrunk, TrunkConfig, TrunkKind};

/// Looks over the whole config.
pub(super) fn check(map: &Map<'_>, config: &Config) {
    ports(map, config);
    sources(map, config);
    unused(map, config);
    families(map, config);
}

/// The value at a path of fields; the nearest that is written.
fn find<'d>(map: &Map<'d>, path: &[&str]) -> Value<'d> {
    let mut place = map.value();
    for field in path {
        let entries = if place.is_map() { place.entries() } else { None };
        let found = entries.into_iter().flatten().find(|(key, _)| key.scalar() == Some(field));
        let Some((_, value)) = found else { break };
        place = value;
    }
    place
}

/// Each SIP leg needs a pair of ports, so a trunk's calls need as many.
fn ports(map: &Map<'_>, config: &Config) {
    let sip_trunks = config.trunks.iter().filter(|trunk| matches!(trunk.kind, TrunkKind::Sip(_)));
    let legs = config.media.legs();
    let most =
        sip_trunks.filter_map(|trunk| Some((trunk.limits.calls?, trunk))).max_by_key(|(calls, _)| *calls);
    let (calls, of) = match most {
        Some((calls, trunk)) => (calls, format!("trunk {} may have {calls} calls", trunk.name)),
        None => (1, "a call from SIP needs one".to_owned()),
    };
    if legs < usize::try_from(calls).unwrap_or(usize::MAX) {
        find(map, &["media", "ports"]).complain_expected(
            &format!("these ports carry {legs} voice streams, and {of}"),
            "an even port and the next for every call on a SIP trunk, twice that for calls between SIP trunks",
        );
    }
}

/// Whose call it is must be plain from where it comes.
fn sources(map: &Map<'_>, config: &Config) {
    let sip_trunks: Vec<(&TrunkConfig, &SipTrunk)> = config
        .trunks
        .iter()
        .filter_map(|trunk| match &trunk.kind {
            TrunkKind::Sip(sip) => Some((trunk, sip)),
            TrunkKind::Line(_) => None,
        })
        .collect();
    for (index, (trunk, sip)) in sip_trunks.iter().enumerate() {
        for (other, other_sip) in sip_trunks.iter().take(index) {
            let shared = sip.sources.iter().find_map(|one| {
                let theirs = other_sip.sources.iter().find(|two| overlap(one, two))?;
                Some((one, theirs))
            });
            if let Some((one, two)) = shared {
                find(map, &["trunks", &trunk.name, "sources"]).complain_expected(
                    &format!("{one} overlaps {two} of trunk {}", other.name),
                    "sources of one trunk only: they say whose call it is",
                );
            }
        }
    }
}

/// Two networks share an address only if one holds the other.
fn overlap(one: &Network, two: &Network) -> bool {
    one.contains(two.address()) || two.contains(one.address())
}

/// A trunk that no call can come from or go to is hardly meant.
fn unused(map: &Map<'_>, config: &Config) {
    for name in config.dialplan.idle_trunks() {
        let what = format!(
            "trunk {name} is of no use: no rule of the dial plan takes its calls, no route leads to it"
        );
        find(map, &["trunks", name]).warn(what);
    }
}

/// A peer can be reached only from a listener of its transport and address family.
fn families(map: &Map<'_>, config: &Config) {
    for trunk in &config.trunks {
        let TrunkKind::Sip(sip) = &trunk.kind else { continue };
        let peer = sip.peer;
        let usable = config.sip.listen.iter().any(|listener| {
            listener.transport == peer.transport && listener.address.is_ipv4() == peer.address.is_ipv4()
        });
        if !usable {
            let family = if peer.address.is_ipv4() { "IPv4" } else { "IPv6" };
            find(map, &["trunks", &trunk.name, "peer"]).complain_expected(
                &format!("no listener speaks {} over {family}", peer.transport.word()),
                "one in `sip: listen:` for every transport and address family of the peers",
            );
        }
        if peer.address.is_ipv4() != config.media.address.is_ipv4() {
            find(map, &["media", "address"]).complain_expected(
                &format!("trunk {} is of the other address family", trunk.name),
                "an address of the family of every SIP trunk's peer",
            );
        }
    }
}
