//! SIP, SIPS and tel URIs, and whatever else stands in a Request-URI (RFC 3261 §19.1, RFC 3966).

use std::borrow::Cow;

use super::bytes::{self, PARAM, Scan, URI, USER, all, decoded, percent_decode};
use super::host::{self, Host};
use super::params::PARAMETERS_MAX;

/// The longest URI we look into.
pub const URI_BYTES_MAX: usize = 4096;

/// A URI's scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other; its name as written.
    Other(&'a [u8]),
}

/// A URI taken apart; every part as written, escapes untouched.
#[derive(Clone, Copy, Debug)]
pub struct Uri<'a> {
    /// The whole URI.
    pub bytes: &'a [u8],
    /// Before the first colon.
    pub scheme: Scheme<'a>,
    /// The user part, or the number of a `tel:` URI.
    pub user: Option<&'a [u8]>,
    /// The password, which nobody should send.
    pub password: Option<&'a [u8]>,
    /// The host; none for schemes other than SIP and SIPS.
    pub host: Option<Host<'a>>,
    /// The port, if written.
    pub port: Option<u16>,
    params: &'a [u8],
    headers: &'a [u8],
}

impl<'a> Uri<'a> {
    /// Takes a URI apart; nothing if it is not one.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > URI_BYTES_MAX {
            return None;
        }
        let mut scan = Scan::new(bytes);
        let scheme = scheme(scan.until(b':')?)?;
        let rest = scan.rest();
        let uri = Uri {
            bytes,
            scheme,
            user: None,
            password: None,
            host: None,
            port: None,
            params: &[],
            headers: &[],
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => uri.with_sip(rest),
            Scheme::Tel => uri.with_tel(rest),
            Scheme::Other(_) => (!rest.is_empty() && all(rest, URI)).then_some(uri),
        }
    }

    fn with_sip(mut self, rest: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(rest);
        if let Some(at) = memchr::memchr(b'@', rest) {
            let userinfo = scan.until(b'@')?;
            match memchr::memchr(b':', userinfo.get(..at)?) {
                Some(colon) => {
                    self.user = userinfo.get(..colon);
                    self.password = userinfo.get(colon + 1..);
                }
                None => self.user = Some(userinfo),
            }
            if self.user.is_none_or(<[u8]>::is_empty) || !all(userinfo, USER) {
                return None;
            }
        }
        self.host = Some(host::take(&mut scan)?);
        self.port = host::take_port(&mut scan)?;
        (self.params, self.headers) = tail(scan.rest())?;
        Some(self)
    }

    fn with_tel(mut self, rest: &'a [u8]) -> Option<Self> {
        let end = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let (number, rest) = rest.split_at(end);
        let digits = number.strip_prefix(b"+").unwrap_or(number);
        let dialable = |&byte: &u8| byte.is_ascii_hexdigit() || b"*#-.()".contains(&byte);
        if digits.is_empty() || !digits.iter().all(dialable) {
            return None;
        }
        self.user = Some(number);
        (self.params, self.headers) = tail(rest)?;
        Some(self)
    }

    /// The user part (or the number) with escapes resolved.
    pub fn user_decoded(&self) -> Option<Cow<'a, [u8]>> {
        self.user.map(percent_decode)
    }

    /// Whether it is SIP or SIPS.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The parameters, in order: name, and value if there is one.
    pub fn params(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        pairs(self.params, b';')
    }

    /// The parameter of this name: outer `None` if absent, inner if it has no value. Escapes in the name count as read.
    pub fn param(&self, name: &str) -> Option<Option<&'a [u8]>> {
        self.params().find(|(other, _)| same_text(other, name.as_bytes())).map(|(_, value)| value)
    }

    /// The value of the parameter of this name, if both are there.
    pub fn param_value(&self, name: &str) -> Option<&'a [u8]> {
        self.param(name)?
    }

    /// Whether `;lr` is there: a loose router.
    pub fn is_loose(&self) -> bool {
        self.param("lr").is_some()
    }

    /// The `?name=value` headers, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + use<'a> {
        pairs(self.headers, b'&')
    }

    /// Whether any `?name=value` header is there.
    pub fn has_headers(&self) -> bool {
        !self.headers.is_empty()
    }

    /// Whether every escape is two hexadecimal digits and nothing is repeated beyond the limits.
    pub fn is_sound(&self) -> bool {
        let sound = |(name, value): (&[u8], Option<&[u8]>)| !name.is_empty() && value != Some(b"");
        bytes::escapes_are_sound(self.bytes)
            && self.params().zip(0..).all(|(param, at)| at < PARAMETERS_MAX && sound(param))
    }

    /// Whether both are the same by RFC 3261 §19.1.4.
    pub fn is_equivalent(&self, other: &Uri<'_>) -> bool {
        if !self.is_sip() || !other.is_sip() {
            return self.is_equivalent_elsewhere(other);
        }
        let hosts = match (self.host, other.host) {
            (Some(a), Some(b)) => a.same(&b),
            (Some(_), None) | (None, Some(_)) | (None, None) => false,
        };
        matches!(self.scheme, Scheme::Sip) == matches!(other.scheme, Scheme::Sip)
            && hosts
            && self.port == other.port
            && same_case(self.user, other.user)
            && same_case(self.password, other.password)
            && self.params_agree(other)
            && other.params_agree(self)
            && self.headers_agree(other)
            && other.headers_agree(self)
    }

    fn is_equivalent_elsewhere(&self, other: &Uri<'_>) -> bool {
        if matches!((self.scheme, other.scheme), (Scheme::Tel, Scheme::Tel)) {
            let visible = |byte: &u8| !b"-.()".contains(byte);
            let digits = |uri: &Uri<'_>| -> Vec<u8> {
                let number = uri.user.unwrap_or_default();
                number.iter().copied().filter(visible).map(|byte| byte.to_ascii_lowercase()).collect()
            };
            let within = |a: &Uri<'_>, b: &Uri<'_>| {
                a.params().all(|(name, value)| {
                    b.params().any(|(n, v)| same_text(n, name) && same_any_case(v, value))
                })
            };
            return digits(self) == digits(other) && within(self, other) && within(other, self);
        }
        self.bytes == other.bytes
    }

    /// Parameters in both must agree; `user`, `ttl`, `method`, `maddr` and `transport` must be in both or neither.
    fn params_agree(&self, other: &Uri<'_>) -> bool {
        const BOTH_OR_NEITHER: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];
        self.params().all(|(name, value)| {
            let mut theirs = other.params().filter(|(their_name, _)| same_text(their_name, name)).peekable();
            if theirs.peek().is_none() {
                return !BOTH_OR_NEITHER.iter().any(|special| same_text(name, special.as_bytes()));
            }
            theirs.any(|(_, theirs)| same_any_case(theirs, value))
        })
    }

    fn headers_agree(&self, other: &Uri<'_>) -> bool {
        self.headers().all(|(name, value)| {
            other
                .headers()
                .any(|(their_name, theirs)| same_text(their_name, name) && same_any_case(theirs, value))
        })
    }
}

impl PartialEq for Uri<'_> {
    /// By RFC 3261 §19.1.4; not transitive, as the standard says.
    fn eq(&self, other: &Self) -> bool {
        self.is_equivalent(other)
    }
}

fn scheme(name: &[u8]) -> Option<Scheme<'_>> {
    if name.eq_ignore_ascii_case(b"sip") {
        return Some(Scheme::Sip);
    }
    if name.eq_ignore_ascii_case(b"sips") {
        return Some(Scheme::Sips);
    }
    if name.eq_ignore_ascii_case(b"tel") {
        return Some(Scheme::Tel);
    }
    let (first, rest) = name.split_first()?;
    let well_formed = first.is_ascii_alphabetic()
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    well_formed.then_some(Scheme::Other(name))
}

/// What follows host and port: parameters and headers, without their leading mark.
fn tail(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let query = memchr::memchr(b'?', rest).unwrap_or(rest.len());
    let (params, headers) = rest.split_at(query);
    let params = match params {
        [] => params,
        [b';', inner @ ..]
            if inner.iter().all(|&byte| bytes::is(byte, PARAM) || byte == b';' || byte == b'=') =>
        {
            inner
        }
        _ => return None,
    };
    all(headers, URI).then(|| (params, headers.strip_prefix(b"?").unwrap_or_default()))
}

/// `name=value` pairs between separators.
fn pairs(text: &[u8], separator: u8) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    text.split(move |&byte| byte == separator).filter(move |_| !text.is_empty()).take(PARAMETERS_MAX + 1).map(
        |pair| match memchr::memchr(b'=', pair) {
            Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..)),
            None => (pair, None),
        },
    )
}

/// The same text once escapes are resolved, case apart.
fn same_text(a: &[u8], b: &[u8]) -> bool {
    decoded(a).map(|byte| byte.to_ascii_lowercase()).eq(decoded(b).map(|byte| byte.to_ascii_lowercase()))
}

fn same_any_case(a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_text(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The same text once escapes are resolved, case counting: users and passwords.
fn same_case(a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => decoded(a).eq(decoded(b)),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
