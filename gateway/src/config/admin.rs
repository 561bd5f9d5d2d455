//! `admin:`, `records:` and `log:` who may look and steer, what is kept, and what is said.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use mistakes::Value;

use super::Surroundings;

/// The shortest token.
const TOKEN_MIN: usize = 16;
/// The longest path of a Unix socket: `sockaddr_un` less its closing zero.
const SOCKET_PATH_MAX: usize = 107;

/// Who may look and steer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminConfig {
    /// The HTTP listener; `None`: no HTTP at all.
    pub listen: Option<SocketAddr>,
    /// Asked for everywhere but `/healthz` and `/readyz`; always there unless the listener is loopback.
    pub token: Option<Secret>,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// The Unix socket of the command line.
    pub control_socket: PathBuf,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9060))),
            token: None,
            metrics: MetricsAccess::Open,
            control_socket: PathBuf::from("/run/tandem/control.sock"),
        }
    }
}

/// Who may read `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Anyone who reaches the listener: it holds configured names and counts only.
    #[default]
    Open,
    /// Who has the token.
    Token,
}

/// A secret: never shown, compared without telling how much of a guess was right.
#[derive(Clone)]
pub struct Secret(Box<str>);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// `user:secret`, as HTTP's Basic scheme has it (RFC 7617).
    pub(crate) fn with_prefix(&self, user: &str) -> String {
        format!("{user}:{}", self.0)
    }

    /// Whether this is it; takes as long for every guess of one length.
    pub fn is(&self, guess: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let pairs = guess.iter().zip(own.iter().cycle());
        let differing = pairs.fold(0u8, |differing, (a, b)| differing | (a ^ b));
        differing == 0 && own.len() == guess.len()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0.as_bytes())
    }
}

impl Eq for Secret {}

/// Where call records go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordsConfig {
    /// A file a day is written here; `None`: records are only shown to who listens.
    pub directory: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogConfig {
    /// As text or as JSON.
    pub format: LogFormat,
    /// What is logged, such as `info` or `info,gateway=debug`; the environment's `TANDEM_LOG` goes before it.
    pub filter: Option<String>,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

pub(super) fn read(value: Value<'_>, surroundings: &dyn Surroundings) -> Option<AdminConfig> {
    let map = value.map(&["listen", "token", "metrics", "control_socket"])?;
    let default = AdminConfig::default();
    let listen = match map.get("listen") {
        None => default.listen,
        Some(value) if value.scalar() == Some("none") => None,
        Some(_) => map.optional("listen", Value::socket_address),
    };
    let token = map.optional("token", |value| token(value, surroundings));
    if let Some(listen) = listen
        && map.get("token").is_none()
        && !listen.ip().is_loopback()
    {
        map.get("listen").unwrap_or(value).complain_expected(
            &format!("{listen} can be reached from outside and no `token` guards it"),
            "a `token`, or a loopback address such as 127.0.0.1:9060",
        );
    }
    let metrics = map.optional("metrics", |value| {
        value.choice(&[("open", MetricsAccess::Open), ("token", MetricsAccess::Token)])
    });
    let control_socket = map.optional("control_socket", socket_path);
    Some(AdminConfig {
        listen,
        token,
        metrics: metrics.unwrap_or_default(),
        control_socket: control_socket.unwrap_or(default.control_socket),
    })
}

fn token(value: Value<'_>, surroundings: &dyn Surroundings) -> Option<Secret> {
    let text = value.secret(&|source| surroundings.secret(source))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.len() < TOKEN_MIN || !text.bytes().all(|b| b.is_ascii_graphic()) {
        value.complain_expected(
            "this token is too easy to guess or cannot be sent in a header",
            &format!(
                "at least {TOKEN_MIN} visible ASCII characters, best from `${{VARIABLE}}` or `file:/path`"
            ),
        );
        return None;
    }
    Some(Secret::new(text))
}

fn socket_path(value: Value<'_>) -> Option<PathBuf> {
    let path = value.path()?;
    let length = path.as_os_str().len();
    if length > SOCKET_PATH_MAX {
        value.complain_expected(
            &format!("{length} bytes are too long for the path of a Unix socket"),
            &format!("at most {SOCKET_PATH_MAX}"),
        );
        return None;
    }
    Some(path)
}

pub(super) fn records(value: Value<'_>) -> Option<RecordsConfig> {
    let map = value.map(&["directory"])?;
    Some(RecordsConfig { directory: map.optional("directory", Value::path) })
}

pub(super) fn log(value: Value<'_>) -> Option<LogConfig> {
    let map = value.map(&["format", "filter"])?;
    let format =
        map.optional("format", |value| value.choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]));
    let filter = map.optional("filter", |value| {
        value.parse("a level or levels by target, such as info or \"info,gateway=debug\"", |text| {
            match text.parse::<tracing_subscriber::EnvFilter>() {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err("this is no log filter".to_owned()),
            }
        })
    });
    Some(LogConfig { format: format.unwrap_or_default(), filter })
}
