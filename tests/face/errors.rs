//! A handler may fail with the application's errors: `?` works on them and on a token.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use dacapo::{Answer, Continuation, Error, Hub, Interrupt, Suspended};
use futures::FutureExt;
use http::Request;
use support::{Pending, poll};

use crate::{LONG_POLL, MS};

#[derive(Debug, thiserror::Error)]
#[error("the table is locked")]
pub(crate) struct DatabaseError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error(transparent)]
    Suspended(#[from] Suspended),
    #[error("the application says: {0}")]
    Refused(#[from] Error),
    #[error("the database says: {0}")]
    Database(#[from] DatabaseError),
    #[error("no such room")]
    NoSuchRoom,
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

impl AppError {
    /// Statuses that this crate never sends, so a test sees that the application has answered.
    fn status(&self) -> u16 {
        match self {
            Self::Suspended(_) => unreachable!("a token is no failure"),
            Self::Refused(_) => 507,
            Self::Database(_) => 502,
            Self::NoSuchRoom => 404,
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap();
        (status, self.to_string()).into_response()
    }
}

impl actix_web::ResponseError for AppError {
    fn status_code(&self) -> actix_web::http::StatusCode {
        actix_web::http::StatusCode::from_u16(self.status()).unwrap()
    }
}

type Found = Result<Option<&'static str>, DatabaseError>;

/// A database and a hub.
#[derive(Clone)]
struct App {
    hub: Hub<String>,
    database: Arc<Mutex<Found>>,
}

impl App {
    fn new(hub: Hub<String>) -> Self {
        let database = Arc::new(Mutex::new(Ok(None)));
        Self { hub, database }
    }

    fn set(&self, found: Found) {
        *self.database.lock().unwrap() = found;
        assert_eq!(self.hub.notify("lobby"), 1);
    }

    async fn find(&self, _room: &str) -> Found {
        futures::future::ready(()).await;
        std::mem::replace(&mut *self.database.lock().unwrap(), Ok(None))
    }

    /// Waits in a pass for what is found in a room.
    async fn look(&self, c: Continuation<String>, room: &str) -> Result<&'static str, AppError> {
        if room == "cellar" {
            return Err(AppError::NoSuchRoom);
        }
        match self.find(room).await? {
            Some(found) => Ok(found),
            None if c.is_expired() => Ok("nothing yet"),
            None => Err(c.suspend(room, LONG_POLL))?,
        }
    }
}

async fn on_axum(
    State(app): State<App>,
    Path(room): Path<String>,
) -> Result<Answer<&'static str>, AppError> {
    app.hub
        .run(async |c| -> Result<_, AppError> {
            match app.find(&room).await? {
                Some(found) => Ok(found),
                None if room == "cellar" => Err(AppError::NoSuchRoom),
                None if c.is_expired() => Ok("nothing yet"),
                None => Err(c.suspend(&room, LONG_POLL))?,
            }
        })
        .await
}

async fn on_actix(
    app: actix_web::web::Data<App>,
    room: actix_web::web::Path<String>,
) -> Result<Answer<&'static str>, AppError> {
    app.hub.run(async |c| app.look(c, &room).await).await
}

type Reply = Option<(StatusCode, String)>;

fn reply(status: u16, body: &str) -> Reply {
    Some((StatusCode::from_u16(status).unwrap(), body.to_owned()))
}

fn send_to_axum(app: &App, room: &str) -> Pending {
    let router = Router::new().route("/{room}", axum::routing::get(on_axum));
    support::on_axum::server(router.with_state(app.clone())).get(&format!("/{room}"))
}

fn send_to_actix(app: &App, room: &str) -> Pending {
    use actix_web::web;

    let data = web::Data::new(app.clone());
    let routes = actix_web::App::new().app_data(data);
    let routes = routes.route("/{room}", web::get().to(on_actix));
    support::on_actix::server(routes).get(&format!("/{room}"))
}

/// Does the same on both frameworks.
fn on_both(hub: impl Fn() -> Hub<String>, test: impl Fn(&App, Pending), room: &str) {
    for send in [send_to_axum, send_to_actix] {
        let app = App::new(hub());
        let sent = send(&app, room);
        test(&app, sent);
        assert_eq!(app.hub.suspended_count(), 0);
    }
}

fn plain_hub() -> Hub<String> {
    Hub::with_mock_clock().0
}

#[test]
fn a_token_suspends_whatever_the_error_it_is_wrapped_in() {
    let test = |app: &App, mut sent: Pending| {
        assert_eq!(poll(&mut sent), None);
        assert_eq!(app.hub.suspended_count(), 1);
        app.set(Ok(None));
        assert_eq!(poll(&mut sent), None, "it waits again");
        app.set(Ok(Some("a cat")));
        assert_eq!(poll(&mut sent), reply(200, "a cat"));
    };
    on_both(plain_hub, test, "lobby");
}

#[test]
fn a_failure_answers_by_itself_in_the_first_pass() {
    let test = |_: &App, mut sent: Pending| assert_eq!(poll(&mut sent), reply(404, "no such room"));
    on_both(plain_hub, test, "cellar");
}

#[test]
fn so_does_one_in_a_later_pass() {
    let test = |app: &App, mut sent: Pending| {
        assert_eq!(poll(&mut sent), None);
        app.set(Err(DatabaseError));
        let sentence = "the database says: the table is locked";
        assert_eq!(poll(&mut sent), reply(502, sentence));
    };
    on_both(plain_hub, test, "lobby");
}

#[test]
fn a_limit_comes_as_an_error_of_the_application() {
    let full = || Hub::builder().max_suspended(0).build_with_mock_clock().0;
    let test = |_: &App, mut sent: Pending| {
        let sentence = Error::Full { limit: 0 }.to_string();
        assert_eq!(
            poll(&mut sent),
            reply(507, &format!("the application says: {sentence}"))
        );
    };
    on_both(full, test, "lobby");
}

#[test]
fn so_does_a_shutdown_while_it_waits() {
    let test = |app: &App, mut sent: Pending| {
        assert_eq!(poll(&mut sent), None);
        assert_eq!(app.hub.shutdown(), 1);
        let sentence = Error::ShutDown.to_string();
        assert_eq!(
            poll(&mut sent),
            reply(507, &format!("the application says: {sentence}"))
        );
    };
    on_both(plain_hub, test, "lobby");
}

#[test]
fn so_does_a_token_of_another_request() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let mut foreign = None;
    let first = hub.run(|c| {
        foreign = Some(c.suspend("lobby", LONG_POLL));
        async { Ok::<_, Suspended>(()) }
    });
    assert!(first.now_or_never().is_some());
    let second = hub.run(async |_| Err::<(), _>(AppError::from(foreign.clone().unwrap())));
    let answer = second.now_or_never().unwrap();
    assert!(matches!(answer, Err(AppError::Refused(Error::Foreign))));
}

/// The application's error is the end of the request, and no end by a panic or a refusal.
#[test]
fn a_failure_is_an_answer_as_far_as_the_hub_is_concerned() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let end = Arc::new(Mutex::new(None));
    let told = &end;
    let request = hub.run(async |c| {
        let told = Arc::clone(told);
        c.on_end(move |end| *told.lock().unwrap() = Some(end));
        Err::<(), _>(AppError::NoSuchRoom)
    });
    let answer = request.now_or_never().unwrap();
    assert!(matches!(answer, Err(AppError::NoSuchRoom)));
    assert_eq!(*end.lock().unwrap(), Some(dacapo::End::Answered));
    assert_eq!(hub.stats().ended.answered, 1);
}

/// The failure may be of another type than the error that a pass returns.
#[test]
fn a_failure_has_no_variant_for_the_token_where_there_is_a_type_without() {
    enum Early {
        Wait(Suspended),
        Fail(&'static str),
    }
    #[derive(Debug, PartialEq)]
    struct Sentence(String);
    impl From<Error> for Sentence {
        fn from(error: Error) -> Self {
            Self(error.to_string())
        }
    }
    impl Interrupt for Early {
        type Failure = Sentence;

        fn split(self) -> Result<Suspended, Sentence> {
            match self {
                Self::Wait(token) => Ok(token),
                Self::Fail(sentence) => Err(Sentence(sentence.to_owned())),
            }
        }
    }

    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = Box::pin(hub.run(async |c| match c.is_expired() {
        false => Err::<(), _>(Early::Wait(c.suspend("lobby", MS))),
        true => Err(Early::Fail("too late")),
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(MS);
    let answer = request.now_or_never().unwrap();
    assert_eq!(answer.unwrap_err(), Sentence("too late".to_owned()));
    hub.shutdown();
    let request = hub.run(async |c| Err::<(), _>(Early::Wait(c.suspend("lobby", MS))));
    let refused = request.now_or_never().unwrap().unwrap_err();
    assert_eq!(refused, Sentence(Error::ShutDown.to_string()));
}

#[test]
fn a_closure_that_returns_a_bare_token_needs_no_annotation() {
    let (hub, clock) = Hub::<String>::with_mock_clock();
    let mut request = Box::pin(hub.run(async |c| {
        if c.is_expired() {
            return Ok(7);
        }
        Err(c.suspend("lobby", MS))
    }));
    assert!(request.as_mut().now_or_never().is_none());
    clock.advance(MS);
    let answer = request.now_or_never().unwrap();
    assert_eq!(answer.unwrap(), 7);
}

/// Knows no framework, and fails in its second pass if it is told so.
async fn portable(
    c: Continuation<String>,
    request: Request<Bytes>,
) -> Result<http::Response<Bytes>, AppError> {
    match request.uri().path() {
        _ if c.is_initial() => Err(c.suspend("lobby", LONG_POLL))?,
        "/cellar" => Err(DatabaseError)?,
        path => Ok(http::Response::new(path.to_owned().into())),
    }
}

fn portable_on_axum(hub: &Hub<String>, room: &str) -> Pending {
    use dacapo::axum::{ResumeLayer, handler};

    let route = axum::routing::get(handler(portable)).layer(ResumeLayer::new(hub.clone()));
    support::on_axum::server(Router::new().route("/{room}", route)).get(&format!("/{room}"))
}

fn portable_on_actix(hub: &Hub<String>, room: &str) -> Pending {
    use actix_web::{App, web};
    use dacapo::actix::{Resume, handler};

    let route = web::get()
        .to(handler(portable))
        .wrap(Resume::new(hub.clone()));
    support::on_actix::server(App::new().route("/{room}", route)).get(&format!("/{room}"))
}

#[test]
fn a_portable_handler_may_fail_too_on_both_frameworks() {
    for send in [portable_on_axum, portable_on_actix] {
        for (room, expected) in [
            ("lobby", reply(200, "/lobby")),
            (
                "cellar",
                reply(502, "the database says: the table is locked"),
            ),
        ] {
            let hub = plain_hub();
            let mut sent = send(&hub, room);
            assert_eq!(poll(&mut sent), None);
            assert_eq!(hub.notify("lobby"), 1);
            assert_eq!(poll(&mut sent), expected);
        }
    }
}

/// Around such a handler stands a layer, which answers for itself.
#[test]
fn a_refusal_of_a_portable_handler_is_the_answer_of_its_layer() {
    for send in [portable_on_axum, portable_on_actix] {
        let hub = plain_hub();
        hub.shutdown();
        let (status, sentence) = poll(&mut send(&hub, "lobby")).unwrap();
        assert_eq!(status, 503);
        assert!(sentence.contains("shutting down"), "{sentence}");
    }
}

#[test]
fn a_portable_handler_runs_without_a_framework_with_the_same_errors() {
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let request = Request::get("/cellar").body(Bytes::new()).unwrap();
    let mut sent = Box::pin(hub.run(|c| portable(c, request.clone())));
    assert!(sent.as_mut().now_or_never().is_none());
    hub.notify("lobby");
    let answer = sent.now_or_never().unwrap();
    assert!(matches!(answer, Err(AppError::Database(_))));
}
