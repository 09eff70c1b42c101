//! A check outside the pass is as old as the request, and a check in the pass is fresh.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;

use crate::HOLD;

#[derive(Clone)]
struct App {
    hub: Hub<String>,
    /// Whether the user of these tests may read. It stands for a table.
    may_read: Arc<AtomicBool>,
}

impl App {
    fn new() -> Self {
        let (hub, _clock) = Hub::with_mock_clock();
        let may_read = Arc::new(AtomicBool::new(true));
        Self { hub, may_read }
    }

    /// First the change, then the notify.
    fn revoke(&self) {
        self.may_read.store(false, Relaxed);
        assert_eq!(self.hub.notify("minutes"), 1);
    }

    fn ask(&self) -> MayRead {
        MayRead(self.may_read.load(Relaxed))
    }

    /// Checks outside: this is the trap.
    async fn stale(&self, before: MayRead) -> Result<Answer<&'static str>, Error> {
        self.hub.run(async |c| minutes(&c, before)).await
    }

    /// Checks in the pass.
    async fn fresh(&self) -> Result<Answer<&'static str>, Error> {
        self.hub.run(async |c| minutes(&c, self.ask())).await
    }
}

/// The result of an extractor.
#[derive(Clone, Copy)]
struct MayRead(bool);

fn minutes(c: &Continuation<String>, MayRead(may_read): MayRead) -> Outcome<&'static str> {
    match may_read {
        false => Ok("forbidden"),
        true if c.is_initial() => Err(c.suspend("minutes", HOLD)),
        true => Ok("the minutes"),
    }
}

impl<S: Sync> FromRequestParts<S> for MayRead
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(App::from_ref(state).ask())
    }
}

impl actix_web::FromRequest for MayRead {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(
        request: &actix_web::HttpRequest,
        _: &mut actix_web::dev::Payload,
    ) -> Self::Future {
        let app = request.app_data::<actix_web::web::Data<App>>().unwrap();
        ready(Ok(app.ask()))
    }
}

mod on_axum {
    use axum::Router;
    use axum::extract::State;
    use axum::routing::get;
    use dacapo::axum::ResumeLayer;

    use super::*;
    use crate::on_axum::{get as ask, poll};

    /// The answer to a request if its permission is revoked while it is held.
    fn told(path: &str) -> String {
        let app = App::new();
        let layer = ResumeLayer::new(app.hub.clone());
        let layered = async |c: Continuation<String>, may: MayRead| minutes(&c, may);
        let routes = Router::new()
            .route(
                "/stale",
                get(async |may: MayRead, State(app): State<App>| app.stale(may).await),
            )
            .route(
                "/fresh",
                get(async |State(app): State<App>| app.fresh().await),
            )
            .route("/layer", get(layered).layer(layer))
            .with_state(app.clone());
        let mut request = ask(&routes, path);
        assert_eq!(poll(&mut request), None);
        app.revoke();
        poll(&mut request).unwrap().1
    }

    #[test]
    fn asked_in_the_closure_a_revoked_permission_is_seen_by_the_next_pass() {
        assert_eq!(told("/fresh"), "forbidden");
    }

    #[test]
    fn asked_before_run_it_is_as_old_as_the_request() {
        assert_eq!(told("/stale"), "the minutes");
    }

    #[test]
    fn under_the_layer_an_extractor_asks_again() {
        assert_eq!(told("/layer"), "forbidden");
    }
}

mod on_actix {
    use actix_web::web::{self, Data};
    use dacapo::actix::Resume;

    use super::*;
    use crate::on_actix::{get as ask, init, poll};

    /// The answer to a request if its permission is revoked while it is held.
    fn told(path: &str) -> String {
        let app = App::new();
        let layered = async |c: Continuation<String>, may: MayRead| minutes(&c, may);
        let layered = web::get().to(layered).wrap(Resume::new(app.hub.clone()));
        let routes = actix_web::App::new()
            .app_data(Data::new(app.clone()))
            .route(
                "/stale",
                web::get().to(async |may: MayRead, app: Data<App>| app.stale(may).await),
            )
            .route(
                "/fresh",
                web::get().to(async |app: Data<App>| app.fresh().await),
            )
            .route("/layer", layered);
        let routes = init!(routes);
        let mut request = ask(&routes, path);
        assert_eq!(poll(&mut request), None);
        app.revoke();
        poll(&mut request).unwrap().1
    }

    #[test]
    fn asked_in_the_closure_a_revoked_permission_is_seen_by_the_next_pass() {
        assert_eq!(told("/fresh"), "forbidden");
    }

    #[test]
    fn asked_before_run_it_is_as_old_as_the_request() {
        assert_eq!(told("/stale"), "the minutes");
    }

    #[test]
    fn under_the_middleware_an_extractor_asks_again() {
        assert_eq!(told("/layer"), "forbidden");
    }
}
