//! A config that loads says what its text says, and what it leaves out has its default.

use std::collections::BTreeMap;
use std::path::Path;

use mistakes::SecretSource;

use super::*;

/// A machine with these files and one secret.
struct Papers(BTreeMap<&'static str, String>);

impl Surroundings for Papers {
    fn text(&self, file: &Path) -> Result<String, String> {
        self.0.get(file.to_str().unwrap()).cloned().ok_or_else(|| "no such file".to_owned())
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, String> {
        self.text(file).map(String::into_bytes)
    }

    fn secret(&self, source: &SecretSource) -> Result<String, String> {
        match source {
            SecretSource::Environment(name) if name == "TOKEN" => Ok("sixteen-letters-!".to_owned()),
            SecretSource::Environment(_) | SecretSource::File(_) => Err("no such secret".to_owned()),
        }
    }
}

const PLAN: &str = "dialplan: 1
rules: [{id: all, when: {from: carrier}, then: {to: pstn}}]
tests: [{name: all, call: {from: carrier, dialled: \"1\"}, expect: {rule: all}}]
";

const CONFIG: &str = "
node: gw1
sip:
  listen: [\"udp:0.0.0.0:5060\", \"tcp:[::]:5060\"]
  limits: {calls: 500}
media: {address: 203.0.113.10, ports: 20001-20010, threads: 2, backend: epoll}
admin: {listen: 0.0.0.0:9060, token: \"${TOKEN}\", metrics: token, control_socket: run/control.sock}
log: {format: json, filter: \"info,gateway=debug\"}
trunks:
  carrier:
    kind: sip
    peer: \"sip:198.51.100.7;transport=udp\"
    codecs: [pcmu]
    limits: {calls: 4, calls_per_second: 2}
    send: {called: e164, type: national}
    early_media: ringback
    tones: jp
    media_timeout: none
    ring_seconds_max: 45
    latch: 2s
  pstn: {kind: isdn, driver: simulated, span: t1, spans: 2, side: network, exchange: lines/exchange.yaml}
dialplan: plan.yaml
";

fn read(config: &str) -> Result<Loaded, Vec<mistakes::Mistake>> {
    let exchange = "numbers: [{called: \"*\", do: [answer]}]\n";
    let files = [("etc/tandem.yaml", config), ("etc/plan.yaml", PLAN), ("etc/lines/exchange.yaml", exchange)];
    let papers = Papers(files.into_iter().map(|(name, text)| (name, text.to_owned())).collect());
    load("etc/tandem.yaml", &papers)
}

#[test]
fn a_config_means_what_it_says() {
    let config = read(CONFIG).unwrap().config;
    assert_eq!(config.node, "gw1");
    assert_eq!(config.sip.listen[0].transport, Transport::Udp);
    assert_eq!(config.sip.listen[1].address, "[::]:5060".parse().unwrap());
    assert_eq!(config.sip.limits, SipLimits { calls: 500, ..SipLimits::default() });
    assert_eq!((config.media.legs(), config.media.threads), (4, Some(2)));
    assert_eq!(config.media.backend, Backend::Epoll);
    assert!(config.admin.token.as_ref().unwrap().is(b"sixteen-letters-!"));
    assert!(!config.admin.token.as_ref().unwrap().is(b"sixteen-letters-?"));
    assert_eq!(format!("{:?}", config.admin.token), "Some(Secret(…))");
    assert_eq!(config.admin.control_socket, Path::new("etc/run/control.sock"));
    assert_eq!(config.records, RecordsConfig::default());
    assert_eq!(config.log.format, LogFormat::Json);

    let carrier = config.trunk("carrier").unwrap();
    assert_eq!(carrier.limits.calls, Some(4));
    assert_eq!(carrier.tones.code(), "jp");
    assert_eq!((carrier.media_timeout, carrier.waits.ringing.as_secs()), (None, 45));
    assert_eq!(carrier.early_media, EarlyMedia::Ringback);
    assert_eq!(carrier.send.called, dialplans::Form::E164);
    let TrunkKind::Sip(sip) = &carrier.kind else { panic!("a SIP trunk") };
    assert_eq!(sip.peer.address, "198.51.100.7:5060".parse().unwrap());
    assert_eq!(sip.sources, ["198.51.100.7/32".parse().unwrap()]);
    assert_eq!(sip.codecs, [::media::Codec::Pcmu]);

    let pstn = config.trunk("pstn").unwrap();
    assert_eq!(pstn.media_timeout.unwrap().as_secs(), 60);
    let TrunkKind::Line(line) = &pstn.kind else { panic!("lines") };
    assert_eq!(line.trunk.spans.len(), 2);
    assert_eq!((line.law, line.trunk.side), (::media::Law::Mu, ::trunks::Side::Network));
}

#[test]
fn a_trunk_of_no_use_is_remarked_and_stops_nothing() {
    let spare = "  spare: {kind: sip, peer: \"sip:198.51.100.8\"}\ndialplan:";
    let loaded = read(&CONFIG.replace("dialplan:", spare)).unwrap();
    let remarks: Vec<&str> = loaded.warnings.iter().map(|remark| remark.message.as_str()).collect();
    assert_eq!(
        remarks,
        ["trunk spare is of no use: no rule of the dial plan takes its calls, no route leads to it"]
    );
    assert!(read(CONFIG).unwrap().warnings.is_empty());
}
