//! The paths of the admin listener.

use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::Office;
use super::guard::{Guard, check};
use crate::control::{Answer, BlockHow, Question, RefusedBecause, Request};
use crate::io::metrics::{Format, Scrape};
use crate::records::CallId;

/// The largest body of a request.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// How long the control loop may take to turn.
const TURN_MAX: Duration = Duration::from_secs(2);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How many records are shown when nobody says.
const RECORDS_SHOWN: usize = 50;

pub(super) fn router(office: Office, guard: Guard) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/api/v1/calls", get(calls))
        .route("/api/v1/calls/{id}", get(call).delete(hang_up))
        .route("/api/v1/trunks", get(trunks))
        .route("/api/v1/trunks/{name}", get(trunk))
        .route("/api/v1/trunks/{name}/block", post(block))
        .route("/api/v1/trunks/{name}/unblock", post(unblock))
        .route("/api/v1/trunks/{name}/reset", post(reset))
        .route("/api/v1/records", get(records))
        .route("/api/v1/route/explain", get(explain))
        .route("/api/v1/drain", post(drain))
        .route("/api/v1/reload", post(reload))
        .route("/api/v1/openapi.json", get(|| page("application/json", OPENAPI)))
        .route("/", get(|| page("text/html; charset=utf-8", include_str!("console/index.html"))))
        .route(
            "/console.js",
            get(|| page("text/javascript; charset=utf-8", include_str!("console/console.js"))),
        )
        .route("/console.css", get(|| page("text/css; charset=utf-8", include_str!("console/console.css"))))
        .layer(from_fn_with_state(guard, check))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(office)
}

pub(super) const OPENAPI: &str = include_str!("openapi.json");

/// Nothing from elsewhere may be loaded or run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[expect(clippy::unused_async, reason = "a route is a future")]
async fn page(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}

/// Whether the control loop turns; asked for by whoever restarts what hangs.
async fn healthz(State(office): State<Office>) -> Response {
    let before = (office.turns)();
    office.asker.ring();
    let turned = async {
        while (office.turns)() == before {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    match tokio::time::timeout(TURN_MAX, turned).await {
        Ok(()) => "ok\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the control loop does not turn\n").into_response(),
    }
}

/// Whether new calls are welcome; asked for by whoever sends them.
async fn readyz(State(office): State<Office>) -> Response {
    let Answer::Metrics(counters) = office.ask(Question::Metrics).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the gateway does not answer\n").into_response();
    };
    if counters.draining {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    "ready\n".into_response()
}

async fn metrics(State(office): State<Office>, headers: HeaderMap) -> Response {
    let format = Format::accepted(headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()));
    let answer = office.ask(Question::Metrics).await;
    let counters = if let Answer::Metrics(counters) = &answer { Some(&**counters) } else { None };
    let text = office.metrics.encode(&Scrape { counters, records: office.records.counts() }, format);
    ([(CONTENT_TYPE, format.content_type())], text).into_response()
}

async fn calls(State(office): State<Office>) -> Response {
    reply(office.ask(Question::Calls).await)
}

type Named<T> = Result<Path<T>, PathRejection>;
type Asked<T> = Result<Query<T>, QueryRejection>;
type Body<T> = Result<Json<T>, JsonRejection>;

async fn call(State(office): State<Office>, id: Named<String>) -> Response {
    match call_id(id) {
        Ok(id) => reply(office.ask(Question::Call { id }).await),
        Err(wrong) => reply(wrong),
    }
}

async fn hang_up(State(office): State<Office>, id: Named<String>) -> Response {
    match call_id(id) {
        Ok(id) => reply(office.ask(Question::Hangup { id }).await),
        Err(wrong) => reply(wrong),
    }
}

fn call_id(id: Named<String>) -> Result<CallId, Answer> {
    let Path(id) = id.map_err(|wrong| invalid(wrong.body_text()))?;
    id.parse().map_err(|wrong: crate::records::NotACallId| invalid(wrong.to_string()))
}

fn invalid(what: impl Into<String>) -> Answer {
    Answer::refused(RefusedBecause::Invalid, what)
}

async fn trunks(State(office): State<Office>) -> Response {
    reply(office.ask(Question::Trunks).await)
}

async fn trunk(State(office): State<Office>, name: Named<String>) -> Response {
    match name {
        Ok(Path(name)) => reply(office.ask(Question::Trunk { name }).await),
        Err(wrong) => reply(invalid(wrong.body_text())),
    }
}

/// Which channels of a trunk.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Which {
    channels: Option<String>,
    how: BlockHow,
}

async fn block(State(office): State<Office>, name: Named<String>, which: Body<Which>) -> Response {
    change(&office, name, which, |trunk, Which { channels, how }| Question::Block { trunk, channels, how })
        .await
}

async fn unblock(State(office): State<Office>, name: Named<String>, which: Body<Which>) -> Response {
    change(&office, name, which, |trunk, which| Question::Unblock { trunk, channels: which.channels }).await
}

async fn reset(State(office): State<Office>, name: Named<String>, which: Body<Which>) -> Response {
    change(&office, name, which, |trunk, which| Question::Reset { trunk, channels: which.channels }).await
}

async fn change(
    office: &Office,
    name: Named<String>,
    which: Body<Which>,
    ask: impl FnOnce(String, Which) -> Question,
) -> Response {
    match (name, which) {
        (Ok(Path(name)), Ok(Json(which))) => reply(office.ask(ask(name, which)).await),
        (Err(wrong), _) => reply(invalid(wrong.body_text())),
        (_, Err(wrong)) => reply(invalid(wrong.body_text())),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    last: Option<usize>,
}

async fn records(State(office): State<Office>, last: Asked<Last>) -> Response {
    let last = match last {
        Ok(Query(Last { last })) => last.unwrap_or(RECORDS_SHOWN),
        Err(wrong) => return reply(invalid(wrong.body_text())),
    };
    match office.records.show(last).await {
        Some(shown) => Json(shown.last.iter().map(AsRef::as_ref).collect::<Vec<_>>()).into_response(),
        None => reply(Answer::refused(RefusedBecause::Unavailable, "records are being written, ask again")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explain {
    from: String,
    number: String,
    calling: Option<String>,
}

async fn explain(State(office): State<Office>, asked: Asked<Explain>) -> Response {
    match asked {
        Ok(Query(Explain { from, number, calling })) => {
            reply(office.ask(Question::Explain { from, number, calling }).await)
        }
        Err(wrong) => reply(invalid(wrong.body_text())),
    }
}

async fn drain(State(office): State<Office>) -> Response {
    reply(office.ask(Question::Drain).await)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reload {
    #[serde(default)]
    dry_run: bool,
}

async fn reload(State(office): State<Office>, asked: Asked<Reload>) -> Response {
    match asked {
        Ok(Query(Reload { dry_run })) => reply(office.answer(Request::Reload { dry_run }).await),
        Err(wrong) => reply(invalid(wrong.body_text())),
    }
}

/// An answer with the status that fits it.
fn reply(answer: Answer) -> Response {
    let status = match &answer {
        Answer::Refused { why, .. } => match why {
            RefusedBecause::NotFound | RefusedBecause::NoRoute => StatusCode::NOT_FOUND,
            RefusedBecause::Invalid => StatusCode::BAD_REQUEST,
            RefusedBecause::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            RefusedBecause::NotInThisVersion => StatusCode::NOT_IMPLEMENTED,
            RefusedBecause::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        },
        Answer::Mistaken { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Answer::Placed { .. } | Answer::Draining { .. } => StatusCode::ACCEPTED,
        Answer::Calls { .. }
        | Answer::Call { .. }
        | Answer::Ladder { .. }
        | Answer::Trunks { .. }
        | Answer::Trunk { .. }
        | Answer::Explained(_)
        | Answer::Metrics(_)
        | Answer::Reloaded { .. }
        | Answer::Record { .. }
        | Answer::Done { .. } => StatusCode::OK,
    };
    (status, Json(answer)).into_response()
}
