//! The front office before a control thread that is played here: HTTP and the control socket, end to end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;

use super::*;
use crate::config::{MetricsAccess, Secret};
use crate::control::{Counters, Explanation, Ladder, Lane, Step, TrunkView};
use crate::io::ask::{Ask, asking};
use crate::io::control::client::Client;
use crate::io::records::RecordsThread;
use crate::records::tests::answered;

/// A gateway of which only the front office is real.
struct Played {
    admin: Option<AdminThread>,
    address: SocketAddr,
    socket: PathBuf,
    records: Option<RecordsThread>,
}

/// What the control thread would say.
fn say(question: &Question, draining: &mut bool) -> Answer {
    match question {
        Question::Metrics => {
            Answer::Metrics(Box::new(Counters { draining: *draining, ..Counters::default() }))
        }
        Question::Drain => {
            *draining = true;
            Answer::Draining { calls: 2 }
        }
        Question::Calls => Answer::Calls { total: 0, calls: Vec::new() },
        Question::Ladder { id } => {
            let mut ladder = Ladder::default();
            ladder.add(Step { at_ms: 0, from: Lane::Caller, to: Lane::Gateway, what: "INVITE".into() });
            Answer::Ladder { id: *id, ladder }
        }
        Question::Trunks => {
            let trunk = TrunkView {
                name: "pstn".into(),
                kind: "isdn".into(),
                up: true,
                peer: "e1".into(),
                calls_in: 0,
                calls_out: 0,
                calls_limit: 30,
                channels: Vec::new(),
            };
            Answer::Trunks { trunks: vec![trunk] }
        }
        Question::Explain { from, number, .. } => {
            let text = format!("from {from}, dialled {number}\n");
            Answer::Explained(Box::new(Explanation { routed: true, text, data: serde_json::json!({}) }))
        }
        Question::Block { trunk, channels, .. } => {
            Answer::Done { what: format!("{trunk}/{} blocked", channels.as_deref().unwrap_or("all")) }
        }
        Question::Call { .. }
        | Question::Hangup { .. }
        | Question::Trunk { .. }
        | Question::Unblock { .. }
        | Question::Reset { .. }
        | Question::PlaceCall(_) => Answer::refused(RefusedBecause::NotFound, "no such call"),
    }
}

fn play(name: &str, token: Option<&str>, metrics_access: MetricsAccess) -> Played {
    let folder = std::env::temp_dir().join(format!("tandem-admin-{}", std::process::id()));
    let config = AdminConfig {
        listen: Some("127.0.0.1:0".parse().unwrap()),
        token: token.map(Secret::new),
        metrics: metrics_access,
        control_socket: folder.join(format!("{name}.sock")),
    };
    let (asker, mut asked) = asking().unwrap();
    let turns = Arc::new(AtomicU64::new(0));
    let turning = Arc::clone(&turns);
    thread::spawn(move || {
        let mut draining = false;
        // Ends with the test's process: nobody tells it that the askers have gone.
        loop {
            let bell = asked.bell();
            let fd = bell.as_fd();
            poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], PollTimeout::NONE).unwrap();
            drop(bell);
            asked.hush();
            turning.fetch_add(1, Ordering::Relaxed);
            while let Some(Ask { question, reply }) = asked.take() {
                let _heard = reply.send(say(&question, &mut draining));
            }
        }
    });
    let metrics = Arc::<Metrics>::default();
    let records = Records::start(None, Arc::clone(&metrics)).unwrap();
    let office = Office {
        asker,
        turns: Arc::new(move || turns.load(Ordering::Relaxed)),
        records: records.records(),
        metrics,
        reloader: Arc::new(|dry_run, _| Answer::Reloaded { dry_run, changes: vec!["nothing".into()] }),
    };
    let bound = Bound::new(&config).unwrap();
    let (address, socket) = (bound.address().unwrap(), bound.control_socket());
    Played { admin: Some(bound.serve(office).unwrap()), address, socket, records: Some(records) }
}

impl Played {
    /// One exchange on a connection of its own: status, head and body.
    fn http(&self, method: &str, path: &str, more: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{more}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.http("GET", path, "Host: localhost\r\n");
        (status, body)
    }
}

#[test]
fn a_loopback_listener_answers_what_the_control_thread_says() {
    let played = play("loopback", None, MetricsAccess::Open);
    assert_eq!(played.get("/healthz"), (200, "ok\n".into()));
    assert_eq!(played.get("/readyz"), (200, "ready\n".into()));
    let (status, trunks) = played.get("/api/v1/trunks");
    assert_eq!(status, 200);
    let trunks: serde_json::Value = serde_json::from_str(&trunks).unwrap();
    assert_eq!(trunks["trunks"][0]["name"], "pstn");
    let (_, explained) = played.get("/api/v1/route/explain?from=carrier&number=%2B8131234");
    assert!(explained.contains("from carrier, dialled +8131234"), "{explained}");
    assert_eq!(played.get("/api/v1/route/explain?from=carrier").0, 400);
    assert_eq!(played.get("/api/v1/calls/not-an-id").0, 400);
    assert_eq!(played.get(&format!("/api/v1/calls/{}", answered().id)).0, 404);
    assert_eq!(played.get("/api/v2").0, 404);
    assert_eq!(played.http("POST", "/api/v1/calls", "Host: localhost\r\n").0, 405);
}

#[test]
fn draining_is_seen_by_who_sends_calls() {
    let played = play("draining", None, MetricsAccess::Open);
    let (status, _, body) = played.http("POST", "/api/v1/drain", "Host: localhost\r\n");
    assert_eq!((status, body.as_str()), (202, "{\"answer\":\"draining\",\"calls\":2}"));
    assert_eq!(played.get("/readyz"), (503, "draining\n".into()));
    assert_eq!(played.get("/healthz").0, 200);
}

#[test]
fn metrics_come_in_the_format_that_is_asked_for() {
    let played = play("metrics", None, MetricsAccess::Open);
    played.records.as_ref().unwrap().records().take(Arc::new(answered()));
    while played.get("/api/v1/records").1 == "[]" {}
    let accept = "Host: x\r\nAccept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let (status, head, body) = played.http("GET", "/metrics", accept);
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(body.ends_with("# EOF\n") && body.contains("call_id="), "{body}");
    let (_, head, body) = played.http("GET", "/metrics", "Host: x\r\n");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    assert!(!body.contains("# EOF") && body.contains("tandem_control_up 1"), "{body}");
}

#[test]
fn a_token_is_asked_for_everywhere_but_health_and_open_metrics() {
    let token = "a-token-of-some-length";
    let played = play("token", Some(token), MetricsAccess::Open);
    for open in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(played.get(open).0, 200, "{open}");
    }
    let api: serde_json::Value = serde_json::from_str(routes::OPENAPI).unwrap();
    let documented = api["paths"].as_object().unwrap().keys().map(String::as_str);
    for path in
        documented.chain(["/", "/console.js"]).filter(|path| path.starts_with("/api") || path.len() < 2)
    {
        let path = path.replace("{id}", "x").replace("{name}", "pstn");
        assert_eq!(played.get(&path).0, 401, "{path}");
    }
    let given = |header: &str| {
        played.http("GET", "/api/v1/trunks", &format!("Host: gw.example\r\nAuthorization: {header}\r\n")).0
    };
    assert_eq!(given(&format!("Bearer {token}")), 200);
    assert_eq!(given("Bearer a-token-of-some-lengtx"), 401);
    assert_eq!(given("Bearer "), 401);
    assert_eq!(given("Basic dGFuZGVtOmEtdG9rZW4tb2Ytc29tZS1sZW5ndGg="), 200);
    let guarded = play("token-metrics", Some(token), MetricsAccess::Token);
    assert_eq!(guarded.get("/metrics").0, 401);
}

#[test]
fn a_page_of_another_site_cannot_reach_a_loopback_listener() {
    let played = play("origin", None, MetricsAccess::Open);
    let post = |more: &str| played.http("POST", "/api/v1/drain", more).0;
    assert_eq!(post("Host: 127.0.0.1:9060\r\nOrigin: http://evil.example\r\n"), 403);
    assert_eq!(post("Host: rebound.evil.example\r\n"), 403);
    assert_eq!(post("Host: 127.0.0.1:9060\r\nOrigin: null\r\n"), 403);
    assert_eq!(post("Host: localhost:9060\r\nOrigin: http://localhost:9060\r\n"), 202);
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let played = play("body", None, MetricsAccess::Open);
    let post = |body: &str| {
        let json = "Host: localhost\r\nContent-Type: application/json\r\n";
        let more = format!("{json}Content-Length: {}\r\n\r\n{body}", body.len());
        played.http("POST", "/api/v1/trunks/pstn/block", &more)
    };
    let (status, _, body) = post("{\"channels\":\"1-15\"}");
    assert_eq!((status, body.as_str()), (200, "{\"answer\":\"done\",\"what\":\"pstn/1-15 blocked\"}"));
    assert_eq!(post("{\"chanels\":\"1-15\"}").0, 400);
    assert_eq!(post(&format!("{{\"channels\":\"{}\"}}", "1,".repeat(20_000))).0, 400);
}

#[test]
fn every_documented_path_is_answered_and_nothing_else_is_loaded_by_the_page() {
    let played = play("paths", None, MetricsAccess::Open);
    let api: serde_json::Value = serde_json::from_str(routes::OPENAPI).unwrap();
    for (path, methods) in api["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "x").replace("{name}", "pstn");
        for method in methods.as_object().unwrap().keys() {
            let (status, ..) = played.http(&method.to_uppercase(), &path, "Host: localhost\r\n");
            assert_ne!(status, 405, "{method} {path}");
        }
        assert_ne!(played.get(&path), (404, String::new()), "{path}");
    }
    let (_, head, page) = played.http("GET", "/", "Host: localhost\r\n");
    assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
    assert!(!page.contains("http"), "the page loads something from elsewhere");
}

#[test]
fn the_control_socket_is_its_owners_alone_and_answers_line_by_line() {
    use std::os::unix::fs::PermissionsExt;
    let played = play("socket", None, MetricsAccess::Open);
    let mode = std::fs::metadata(&played.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = Client::connect(&played.socket).unwrap();
    let calls = client.ask(&Request::Question(Question::Calls)).unwrap();
    assert_eq!(calls, Answer::Calls { total: 0, calls: Vec::new() });
    let reloaded = client.ask(&Request::Reload { dry_run: true }).unwrap();
    assert_eq!(reloaded, Answer::Reloaded { dry_run: true, changes: vec!["nothing".into()] });
    let id = answered().id;
    let Answer::Ladder { ladder, .. } = client.ask(&Request::Question(Question::Ladder { id })).unwrap()
    else {
        panic!("a ladder")
    };
    assert_eq!(ladder.steps.len(), 1);
}

#[test]
fn the_control_socket_takes_nonsense_and_endless_lines_calmly() {
    use std::os::unix::net::UnixStream;
    let played = play("nonsense", None, MetricsAccess::Open);
    let mut stream = UnixStream::connect(&played.socket).unwrap();
    stream.write_all(b"{\"ask\":\"dance\"}\n\xff\xfe\n").unwrap();
    stream.write_all(&vec![b'x'; 65 * 1024]).unwrap();
    let mut said = String::new();
    // What was sent beyond the limit may reset the connection after the answers.
    let _reset = stream.read_to_string(&mut said);
    assert_eq!(said.matches("\"why\":\"invalid\"").count(), 3, "{said}");
}

#[test]
fn records_are_shown_and_followed_over_the_control_socket() {
    let played = play("records", None, MetricsAccess::Open);
    let records = played.records.as_ref().unwrap().records();
    records.take(Arc::new(answered()));
    let mut client = Client::connect(&played.socket).unwrap();
    client.follow(&Request::RecordsTail { last: 10, follow: true }).unwrap();
    for _record in 0..2 {
        let Some(Answer::Record { record }) = client.hear().unwrap() else { panic!("a record") };
        assert_eq!(record.id, answered().id);
        records.take(Arc::new(answered()));
    }
}

#[test]
fn a_socket_left_behind_is_replaced_and_one_in_use_is_not() {
    let mut played = play("again", None, MetricsAccess::Open);
    assert!(Socket::bind(&played.socket).is_err());
    drop(played.admin.take());
    assert!(!played.socket.exists());
    drop(std::os::unix::net::UnixListener::bind(&played.socket).unwrap());
    assert!(played.socket.exists());
    drop(Socket::bind(&played.socket).unwrap());
}
