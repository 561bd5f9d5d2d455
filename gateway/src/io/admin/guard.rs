//! Who may ask over HTTP.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::{AdminConfig, MetricsAccess, Secret};

/// The user name a browser may give with the token as password.
const USER: &str = "tandem";

/// Lets in who has the token. Without a token the listener is loopback; then a page of another site must not
/// reach it through its visitor's browser.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    token: Option<Tokens>,
    metrics: MetricsAccess,
}

#[derive(Clone, Debug)]
struct Tokens {
    bearer: Secret,
    basic: Secret,
}

impl Guard {
    pub(super) fn new(config: &AdminConfig) -> Self {
        let token = config.token.as_ref().map(|token| Tokens {
            bearer: token.clone(),
            basic: Secret::new(&base64(token.with_prefix(USER).as_bytes())),
        });
        Self { token, metrics: config.metrics }
    }

    /// Why a request may not pass.
    fn refuses(&self, path: &str, headers: &HeaderMap) -> Option<StatusCode> {
        match path {
            "/healthz" | "/readyz" => return None,
            "/metrics" if self.metrics == MetricsAccess::Open => return None,
            _ => {}
        }
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(HOST).unwrap_or_default();
        if text(ORIGIN).is_some_and(|origin| origin.split_once("://").is_none_or(|(_, from)| from != host)) {
            return Some(StatusCode::FORBIDDEN);
        }
        let Some(token) = &self.token else {
            return (!names_this_machine(host)).then_some(StatusCode::FORBIDDEN);
        };
        let given = headers.get(AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
        let bearer = given.strip_prefix(b"Bearer ").is_some_and(|given| token.bearer.is(given));
        let basic = given.strip_prefix(b"Basic ").is_some_and(|given| token.basic.is(given));
        (!bearer && !basic).then_some(StatusCode::UNAUTHORIZED)
    }
}

/// A `Host` that no name server of another site can point here: an address, or `localhost`.
fn names_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    name.is_some_and(|name| name == "localhost" || name.parse::<IpAddr>().is_ok())
}

/// Passes a request on, or says why not.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.refuses(request.uri().path(), request.headers()) {
        None => next.run(request).await,
        Some(StatusCode::UNAUTHORIZED) => {
            let ask = [(WWW_AUTHENTICATE, "Basic realm=\"tandem\", Bearer")];
            (StatusCode::UNAUTHORIZED, ask, "a token is needed\n").into_response()
        }
        Some(status) => {
            (status, "asked by another site's page, or by a name that is not ours\n").into_response()
        }
    }
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for place in 0..4 {
            let letter = ALPHABET.get((bits >> (18 - 6 * place) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let coded = [&b""[..], b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar"].map(base64);
        assert_eq!(coded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn only_an_address_or_localhost_names_this_machine() {
        for host in ["127.0.0.1:9060", "localhost:9060", "localhost", "[::1]:9060", "192.0.2.1"] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in ["", "evil.example:9060", "127.0.0.1.evil.example", "[evil]"] {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}
