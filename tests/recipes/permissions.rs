//! A check outside the pass is as old as the request, and a check in the pass is fresh.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use support::{Actix, Axum, Framework, Server, on_each_framework, poll};

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

/// A framework with routes to each place where the permission can be asked for.
trait Asks: Framework {
    fn routes(self, app: App) -> Server;
}

impl Asks for Axum {
    fn routes(self, app: App) -> Server {
        use axum::Router;
        use axum::extract::State;
        use axum::routing::get;
        use dacapo::axum::ResumeLayer;

        let stale = async |may: MayRead, State(app): State<App>| app.stale(may).await;
        let fresh = async |State(app): State<App>| app.fresh().await;
        let layered = async |c: Continuation<String>, may: MayRead| minutes(&c, may);
        let layered = get(layered).layer(ResumeLayer::new(app.hub.clone()));
        let routes = Router::new()
            .route("/stale", get(stale))
            .route("/fresh", get(fresh))
            .route("/layer", layered);
        support::on_axum::server(routes.with_state(app))
    }
}

impl Asks for Actix {
    fn routes(self, app: App) -> Server {
        use actix_web::web::{Data, get};
        use dacapo::actix::Resume;

        let stale = async |may: MayRead, app: Data<App>| app.stale(may).await;
        let fresh = async |app: Data<App>| app.fresh().await;
        let layered = async |c: Continuation<String>, may: MayRead| minutes(&c, may);
        let layered = get().to(layered).wrap(Resume::new(app.hub.clone()));
        let routes = actix_web::App::new()
            .app_data(Data::new(app))
            .route("/stale", get().to(stale))
            .route("/fresh", get().to(fresh))
            .route("/layer", layered);
        support::on_actix::server(routes)
    }
}

/// What a request gets if its permission is revoked while it is held.
fn told(on: impl Asks, path: &str) -> String {
    let app = App::new();
    let mut request = on.routes(app.clone()).get(path);
    assert_eq!(poll(&mut request), None);
    app.revoke();
    poll(&mut request).unwrap().1
}

on_each_framework!(
    asked_in_the_closure_a_revoked_permission_is_seen_by_the_next_pass,
    |on| assert_eq!(told(on, "/fresh"), "forbidden")
);

on_each_framework!(asked_before_run_it_is_as_old_as_the_request, |on| {
    assert_eq!(told(on, "/stale"), "the minutes");
});

on_each_framework!(under_the_layer_an_extractor_asks_again, |on| {
    assert_eq!(told(on, "/layer"), "forbidden");
});
