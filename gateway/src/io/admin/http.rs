//! The HTTP listener within its limits: connections, header size and time, time in all.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// The most connections at once; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 64;
/// How long a client may take to send a request's head, and how long it may be silent between two.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// How long one connection may live.
const CONNECTION_MAX: Duration = Duration::from_secs(600);
/// The largest head of a request, in bytes; hyper allows no less than 8 KiB.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// How long to wait when no connection can be accepted, as when file descriptors have run out.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until the runtime ends.
pub(super) async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    connection(stream, router).await;
                    drop(place);
                });
            }
            Err(why) => {
                tracing::warn!(%why, "an admin connection was not accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    match tokio::time::timeout(CONNECTION_MAX, served).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(why)) => tracing::debug!(%why, "an admin connection ended early"),
    }
}
