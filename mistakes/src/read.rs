//! Reading scalars: numbers, durations, words, addresses, paths, secrets, and digits that must be quoted.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::document::Kind;
use crate::nearest::one_of;
use crate::network::Network;
use crate::value::{Value, shorten};

/// The longest duration a config may ask for: a year.
const DURATION_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Digits, patterns and feature codes as the user wrote them, in quotes.
pub type Digits<'d> = &'d str;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `${NAME}`: an environment variable.
    Environment(String),
    /// `file:/path`: the content of a file, without its last newline.
    File(PathBuf),
}

impl<'d> Value<'d> {
    /// Text or a name; not a list, a map or nothing.
    #[must_use]
    pub fn text(self) -> Option<&'d str> {
        match self.scalar() {
            Some(text) if !self.is_nothing() => Some(text),
            Some(_) | None => {
                self.not_a("text");
                None
            }
        }
    }

    /// Digits, a pattern of digits or a feature code: in quotes always, since YAML would read them its own way.
    #[must_use]
    pub fn digits(self) -> Option<Digits<'d>> {
        match &self.get()?.kind {
            Kind::Scalar { text, quoted: true } => Some(text),
            Kind::Scalar { text, quoted: false } if !self.is_nothing() => {
                let why = if text.starts_with('0') && text.len() > 1 {
                    "YAML would read a number and drop its leading zero"
                } else if text.starts_with('+') || text.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
                    "YAML would read a number"
                } else {
                    "they are text, not a number"
                };
                let text = shorten(text);
                let message = format!("digits without quotes: {why}");
                self.complain_expected(&message, &format!("\"{text}\" in quotes"));
                None
            }
            Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => {
                self.not_a("digits in quotes, such as \"0312\"");
                None
            }
        }
    }

    /// Anything written as one scalar, by a function that says what is wrong with it.
    pub fn parse<T>(self, expected: &str, read: impl FnOnce(&'d str) -> Result<T, String>) -> Option<T> {
        let text = match self.scalar() {
            Some(text) if !self.is_nothing() => text,
            Some(_) | None => {
                self.not_a(expected);
                return None;
            }
        };
        match read(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.complain_expected(&wrong, expected);
                None
            }
        }
    }

    /// A whole number within a range, without quotes.
    #[must_use]
    pub fn integer<N>(self, range: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let quoted = matches!(self.get()?.kind, Kind::Scalar { quoted: true, .. });
        self.parse(&expected, |text| {
            if quoted {
                return Err(format!("\"{}\" in quotes is text, not a number", shorten(text)));
            }
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.len() > 1 && digits.starts_with('0') {
                return Err(format!("`{}`: a leading zero makes this number ambiguous", shorten(text)));
            }
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let number = plain.then(|| text.parse::<i64>().ok()).flatten();
            let Some(number) = number else {
                return Err(format!("`{}` is not a whole number", shorten(text)));
            };
            N::try_from(number)
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| format!("`{text}` is out of range"))
        })
    }

    /// `true` or `false`.
    #[must_use]
    pub fn truth(self) -> Option<bool> {
        self.parse("true or false", |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(format!("`{}` is neither true nor false", shorten(other))),
        })
    }

    /// A duration with its unit: `250ms`, `30s`, `5m`, `2h`, `1d`.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        self.parse("a duration with its unit, such as 250ms, 30s, 5m, 2h or 1d", |text| {
            parse_duration(text).ok_or_else(|| format!("`{}` is not a duration", shorten(text)))
        })
    }

    /// One of a few words, each with what it stands for.
    pub fn choice<T: Clone>(self, words: &[(&str, T)]) -> Option<T> {
        let known = || words.iter().map(|(word, _)| *word);
        let Some(text) = self.scalar().filter(|_| !self.is_nothing()) else {
            self.not_a(&one_of(known()));
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.unknown("word", text, known());
        }
        found.map(|(_, meaning)| meaning.clone())
    }

    /// The name of something defined elsewhere (a trunk, a route): noted with the nearest when unknown.
    pub fn name_of<'k>(self, what: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'d str> {
        let name = self.text()?;
        let known: Vec<&str> = known.into_iter().collect();
        if known.contains(&name) {
            return Some(name);
        }
        self.unknown(what, name, known);
        None
    }

    /// An address and port: `127.0.0.1:5060`, `[::1]:5060`.
    #[must_use]
    pub fn socket_address(self) -> Option<SocketAddr> {
        self.parse("an IP address and a port, such as 127.0.0.1:5060 or \"[::1]:5060\"", |text| {
            text.parse().map_err(|_| format!("`{}` is not an address with a port", shorten(text)))
        })
    }

    /// An IP address: `203.0.113.10`, `2001:db8::1`.
    #[must_use]
    pub fn ip_address(self) -> Option<std::net::IpAddr> {
        self.parse("an IP address", |text| {
            text.parse().map_err(|_| format!("`{}` is not an IP address", shorten(text)))
        })
    }

    /// A network or a single address: `198.51.100.0/24`, `2001:db8::/32`, `192.0.2.7`.
    #[must_use]
    pub fn network(self) -> Option<Network> {
        self.parse("a network, such as 198.51.100.0/24", str::parse)
    }

    /// A range of ports: `20000-29999`.
    #[must_use]
    pub fn port_range(self) -> Option<RangeInclusive<u16>> {
        self.parse("two ports, the lower first, such as 20000-29999", |text| {
            let range = text.split_once('-').and_then(|(first, last)| {
                let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
                (first > 0 && first <= last).then_some(first..=last)
            });
            range.ok_or_else(|| format!("`{}` is not a range of ports", shorten(text)))
        })
    }

    /// A file, relative to the folder of the document it is written in.
    #[must_use]
    pub fn path(self) -> Option<PathBuf> {
        let written = Path::new(self.text()?);
        let folder = Path::new(self.document.file()).parent().unwrap_or(Path::new(""));
        Some(folder.join(written))
    }

    /// A secret written in place, as `${NAME}` or as `file:/path`; `resolve` fetches the latter two.
    pub fn secret(self, resolve: &dyn Fn(&SecretSource) -> Result<String, String>) -> Option<String> {
        let text = self.text()?;
        let source = if let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
            SecretSource::Environment(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            let folder = Path::new(self.document.file()).parent().unwrap_or(Path::new(""));
            SecretSource::File(folder.join(path))
        } else {
            return Some(text.to_owned());
        };
        match resolve(&source) {
            Ok(secret) => Some(secret),
            Err(wrong) => {
                self.complain_expected(&wrong, "a secret that can be read when the gateway starts");
                None
            }
        }
    }
}

/// Reads `250ms`, `30s`, `5m`, `2h` or `1d`, up to a year.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits_end)?;
    let number: u64 = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.checked_mul(60)?),
        "h" => Duration::from_secs(number.checked_mul(3600)?),
        "d" => Duration::from_secs(number.checked_mul(24 * 3600)?),
        _ => return None,
    };
    (duration <= DURATION_MAX).then_some(duration)
}
