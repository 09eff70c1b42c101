//! A token inside an `anyhow::Error` is a failure like any other, unless it is taken out again.

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Error, Hub, Interrupt, Suspended};
use futures::FutureExt;
use support::{on_axum, poll};

use crate::HOLD;

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error(transparent)]
    Refused(#[from] Error),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
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

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Suspended(token) => token.into_response(),
            Self::Refused(error) => error.into_response(),
            Self::Other(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// The trap: `?` puts the token into the `anyhow::Error`.
fn erased(c: &Continuation<String>) -> anyhow::Result<&'static str> {
    let port = "80".parse::<u16>().context("a port is a number")?;
    match port == 80 && c.is_initial() {
        true => Err(c.suspend("news", HOLD))?,
        false => Ok("news"),
    }
}

/// The way that suspends: the same with an error type of the application.
fn kept(c: &Continuation<String>) -> Result<&'static str, AppError> {
    let port = "80".parse::<u16>().context("a port is a number")?;
    match port == 80 && c.is_initial() {
        true => Err(c.suspend("news", HOLD))?,
        false => Ok("news"),
    }
}

#[test]
fn a_token_inside_an_anyhow_error_is_a_failure() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let request = hub.run(async |c| -> Result<_, AppError> { Ok(erased(&c)?) });
    let failure = request.now_or_never().unwrap().unwrap_err();
    assert!(matches!(&failure, AppError::Other(error) if error.is::<Suspended>()));
    assert_eq!(hub.stats().waits, dacapo::stats::Waits::default());
}

#[test]
fn a_token_in_an_error_of_the_application_suspends() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut request = Box::pin(hub.run(async |c| kept(&c)));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify("news");
    assert_eq!(request.now_or_never().unwrap().unwrap(), "news");
}

#[test]
fn a_token_in_anyhow_can_be_taken_out_with_any_context() {
    #[derive(Debug)]
    struct Unpacked(anyhow::Error);

    impl Interrupt for Unpacked {
        type Failure = anyhow::Error;

        fn split(self) -> Result<Suspended, anyhow::Error> {
            self.0.downcast()
        }
    }

    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let look = async |c| erased(&c).context("no news").map_err(Unpacked);
    let mut request = Box::pin(hub.run(look));
    assert!(request.as_mut().now_or_never().is_none());
    hub.notify("news");
    assert_eq!(request.now_or_never().unwrap().unwrap(), "news");

    let failed = hub.run(async |_| Err::<(), _>(Unpacked(anyhow::anyhow!("no network"))));
    let failure = failed.now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.to_string(), "no network");
}

#[test]
fn under_the_layer_it_is_the_same() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let erased = async |c| -> Result<_, AppError> { Ok(erased(&c)?) };
    let kept = async |c| kept(&c);
    let app = Router::new()
        .route("/erased", get(erased))
        .route("/kept", get(kept));
    let server = on_axum::server(app.layer(ResumeLayer::new(hub.clone())));

    let (status, _) = poll(&mut server.get("/erased")).unwrap();
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);

    let mut held = server.get("/kept");
    assert_eq!(poll(&mut held), None);
    hub.notify("news");
    assert_eq!(poll(&mut held), Some((StatusCode::OK, "news".into())));
}
