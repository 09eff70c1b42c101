//! Extractors that suspend: their rejection is a token.

use dacapo::{Continuation, Outcome};
use support::{ok, poll};

use crate::{LONG_POLL, hub};

/// What the extractors wait for.
struct There;

fn look(c: &Continuation<String>) -> Outcome<There> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => Ok(There),
    }
}

mod on_axum {
    use axum::extract::FromRequestParts;
    use axum::http::request::Parts;
    use axum::{Router, routing::get};
    use dacapo::Suspended;
    use dacapo::axum::ResumeLayer;

    use super::*;

    struct Extracted;

    impl<S: Sync> FromRequestParts<S> for Extracted {
        type Rejection = Suspended;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Outcome<Self> {
            let c = Continuation::<String>::from_request_parts(parts, &()).await;
            look(&c.unwrap()).map(|There| Self)
        }
    }

    #[test]
    fn one_that_suspends_is_executed_again() {
        let (hub, _clock) = hub();
        let handler = get(async |_: Extracted| "there").layer(ResumeLayer::new(hub.clone()));
        let app: Router = Router::new().route("/", handler);
        let mut pending = support::on_axum::server(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
        assert_eq!(poll(&mut pending), ok("there"));
    }
}

mod on_actix {
    use std::future::{Ready, ready};

    use actix_web::dev::Payload;
    use actix_web::{App, FromRequest, HttpRequest, web};
    use dacapo::Suspended;
    use dacapo::actix::Resume;

    use super::*;

    struct Extracted;

    impl FromRequest for Extracted {
        type Error = Suspended;
        type Future = Ready<Outcome<Self>>;

        fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
            let c = Continuation::<String>::from_request(request, payload).into_inner();
            ready(look(&c.unwrap()).map(|There| Self))
        }
    }

    #[test]
    fn one_that_suspends_is_executed_again() {
        let (hub, _clock) = hub();
        let handler = web::get().to(async |_: Extracted| "there");
        let app = App::new().route("/", handler.wrap(Resume::new(hub.clone())));
        let mut pending = support::on_actix::server(app).get("/");
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
        assert_eq!(poll(&mut pending), ok("there"));
    }
}
