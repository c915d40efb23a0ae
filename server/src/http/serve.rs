//! Listening: plain or TLS, until the machine says stop; then what is under way is finished.
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::signal::unix::{SignalKind, signal};

use super::header::Transport;
use super::router::router;
use crate::app::App;

/// Requests under way have this long to finish after the signal.
const GRACE: Duration = Duration::from_secs(10);
/// A connection that has not sent the head of a request by then is closed.
const HEAD_TIME_MAX: Duration = Duration::from_secs(20);
/// Between two requests of one connection.
const IDLE_TIME_MAX: Duration = Duration::from_secs(75);
/// How often scopes are brought in line with the day.
const SETTLE_EVERY: Duration = Duration::from_secs(3600);

/// Where and how to listen.
pub struct Listening {
    pub address: SocketAddr,
    /// The folder of the screens; none serves the API only.
    pub pwa: Option<PathBuf>,
    /// Certificate chain and private key, PEM files.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// Serves until `stop` ends, and tells `started` the address (port 0 becomes the one that was free).
pub async fn serve(
    app: App,
    how: Listening,
    started: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let transport = if how.tls.is_some() { Transport::Tls } else { Transport::Plain };
    let routes = router(app.clone(), how.pwa.as_deref(), transport);
    let tls = match &how.tls {
        Some((certificate, key)) => {
            choose_cryptography();
            let read = RustlsConfig::from_pem_file(certificate, key).await;
            let files = || format!("{} and {}", certificate.display(), key.display());
            Some(read.map_err(|error| told(&error, format!("certificate and key, {}: {error}", files())))?)
        }
        None => None,
    };
    let listener = TcpListener::bind(how.address);
    let listener =
        listener.map_err(|error| told(&error, format!("{}: {error}; --listen takes another address", how.address)))?;
    listener.set_nonblocking(true)?;
    started(listener.local_addr()?);

    let handle = Handle::new();
    let hint = app.hint.clone();
    let settling = tokio::spawn(settle_scopes(app.clone()));
    let counting = tokio::spawn(count_courses(app));
    let stopping = tokio::spawn({
        let handle = handle.clone();
        async move {
            stop.await;
            tracing::info!("stopping");
            hint.close();
            handle.graceful_shutdown(Some(GRACE));
        }
    });
    let served = listen(listener, tls, handle, routes).await;
    settling.abort();
    counting.abort();
    stopping.abort();
    served
}

/// The same failure, in words that say what it is about.
fn told(error: &io::Error, sentence: String) -> io::Error {
    io::Error::new(error.kind(), sentence)
}

async fn listen(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    routes: Router,
) -> io::Result<()> {
    let routes = routes.into_make_service();
    // Replies are small and waited for: they are sent at once, not gathered.
    let plain = NoDelayAcceptor::new();
    match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(plain);
            patient(axum_server::from_tcp(listener)?.acceptor(acceptor)).handle(handle).serve(routes).await
        }
        None => patient(axum_server::from_tcp(listener)?.acceptor(plain)).handle(handle).serve(routes).await,
    }
}

/// Sets how long a connection may be silent.
fn patient<A>(mut server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    server.http_builder().http1().header_read_timeout(IDLE_TIME_MAX);
    server.first_request_timeout(HEAD_TIME_MAX)
}

async fn settle_scopes(app: App) {
    loop {
        if let Err(trouble) = app.settle_scopes().await {
            tracing::error!(%trouble, "scopes were not settled; next try in an hour");
        }
        tokio::time::sleep(SETTLE_EVERY).await;
    }
}

/// The first roll-up of a day is asked for by somebody who waits.
async fn count_courses(app: App) {
    let courses = app.store.courses();
    if let Err(trouble) = app.store.read(move |connection| courses.count_all(connection)).await {
        tracing::error!(%trouble, "figures were not counted beforehand; whoever asks for them waits longer");
    }
}

/// Ends when the machine says stop: SIGTERM, or SIGINT from a keyboard.
pub async fn signalled() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// Chooses the cryptography of TLS for this process; the second time changes nothing.
fn choose_cryptography() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
