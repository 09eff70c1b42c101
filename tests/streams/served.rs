//! Streams behind each framework.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use dacapo::Suspended;
use dacapo::stream::LastEventId;
use futures::Stream;
use support::on_actix::HalfClosed;
use support::{Actix, Axum, Framework, Listening, Server, on_actix, on_axum};

use super::*;

/// A framework that serves a [`Log`]: at `/lines`, and as large lines at `/large`.
pub(crate) trait Serve: Framework {
    fn serve_log(self, log: Log) -> Server;

    fn listen_log(self, log: Log) -> Listening;
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Refused(#[from] Error),
    #[error("the session has ended")]
    LoggedOut,
}

impl Interrupt for AppError {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

/// The number that is an error.
pub(crate) const LOGGED_OUT: u32 = 99;

/// The numbers of a log, each with this many dots behind it.
pub(crate) fn lines(
    log: Log,
    seen: usize,
    dots: usize,
) -> impl Stream<Item = Result<Event<String, usize>, AppError>> + Send + 'static {
    let hub = log.hub.clone();
    hub.stream(
        seen,
        async move |c: Continuation<u8>, seen: usize| -> Result<_, AppError> {
            match log.read(seen) {
                Some((LOGGED_OUT, _)) => Err(AppError::LoggedOut),
                Some((number, next)) => Ok((number.to_string() + &".".repeat(dots), next)),
                None => Err(c.suspend(&KEY, HOLD))?,
            }
        },
    )
}

/// Bytes of a large line.
pub(crate) const LARGE: usize = 1 << 18;

fn router(log: Log) -> Router {
    let small = async |State(log): State<Log>, LastEventId(seen): LastEventId<usize>| -> Response {
        dacapo::axum::sse(lines(log, seen, 0))
    };
    let large = async |State(log): State<Log>| dacapo::axum::sse(lines(log, 0, LARGE));
    Router::new()
        .route("/lines", get(small))
        .route("/large", get(large))
        .with_state(log)
}

fn configured(log: Log) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let small = async |log: Data<Log>, LastEventId(seen): LastEventId<usize>| -> HttpResponse {
        dacapo::actix::sse(lines(Log::clone(&log), seen, 0))
    };
    let large = async |log: Data<Log>| dacapo::actix::sse(lines(Log::clone(&log), 0, LARGE));
    move |app| {
        app.app_data(Data::new(log.clone()))
            .route("/lines", web::get().to(small))
            .route("/large", web::get().to(large));
    }
}

impl Serve for Axum {
    fn serve_log(self, log: Log) -> Server {
        on_axum::server(router(log))
    }

    fn listen_log(self, log: Log) -> Listening {
        on_axum::listen(router(log))
    }
}

impl Serve for Actix {
    fn serve_log(self, log: Log) -> Server {
        on_actix::server(App::new().configure(configured(log)))
    }

    fn listen_log(self, log: Log) -> Listening {
        on_actix::listen(HalfClosed::HasGone, configured(log))
    }
}
