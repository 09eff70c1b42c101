//! Wherever the middleware stands, a request is suspended and executed again, and its extractors
//! find the same.

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::web::{self, Data, Form, Json, Path, Query, ReqData, ServiceConfig};
use actix_web::{App, Either, HttpMessage, HttpRequest};
use dacapo::actix::Resume;
use dacapo::{Continuation, Hub, Outcome};

use crate::{LONG_POLL, get, hub, init, ok, poll, post, send};

#[derive(serde::Deserialize)]
struct Search {
    q: String,
}

#[derive(Clone)]
struct FromOutside(&'static str);

/// Suspends in each pass up to the third; in the fourth it answers with all that it has found.
fn after_three_passes(c: &Continuation<String>, found: String) -> Outcome<String> {
    if c.pass() < 4 {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("{found} in pass {}", c.pass()))
    }
}

async fn show(
    c: Continuation<String>,
    request: HttpRequest,
    path: Path<u32>,
    search: Query<Search>,
    app: Data<&'static str>,
    outside: ReqData<FromOutside>,
) -> Outcome<String> {
    let (pattern, q) = (request.match_pattern().unwrap_or_default(), &search.q);
    let found = format!(
        "{} {} {pattern} {path} {q} {} {}",
        request.method(),
        request.uri(),
        **app,
        outside.0
    );
    after_three_passes(&c, found)
}

async fn json(c: Continuation<String>, search: Json<Search>) -> Outcome<String> {
    after_three_passes(&c, search.0.q)
}

async fn either(
    c: Continuation<String>,
    search: Either<Json<Search>, Form<Search>>,
) -> Outcome<String> {
    let q = match search {
        Either::Left(json) => json.0.q,
        Either::Right(form) => form.0.q,
    };
    after_three_passes(&c, q)
}

async fn nowhere(c: Continuation<String>, request: HttpRequest) -> Outcome<String> {
    after_three_passes(&c, format!("no {}", request.path()))
}

fn plain(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/items/{id}")
                .route(web::get().to(show))
                .route(web::head().to(show)),
        )
        .service(web::resource("/json").route(web::post().to(json)))
        .service(web::resource("/form").route(web::post().to(either)));
}

/// Calls `$test` with an application for each place where the middleware can stand.
macro_rules! in_every_place {
    ($test:ident) => {{
        let resume = |hub: &Hub<String>| Resume::new(hub.clone()).max_body_size(64);
        macro_rules! app {
            ($hub:ident, $app:expr) => {
                init!($app.app_data(Data::new("app")).wrap_fn(|request, service| {
                    request.extensions_mut().insert(FromOutside("outside"));
                    service.call(request)
                }))
            };
        }
        let (hub, _clock) = hub();
        let app = App::new()
            .configure(plain)
            .default_service(web::to(nowhere))
            .wrap(resume(&hub));
        $test("App", "", &app!(hub, app), &hub);

        let (hub, _clock) = crate::hub();
        let scope = web::scope("/api")
            .configure(plain)
            .default_service(web::to(nowhere))
            .wrap(resume(&hub));
        $test("Scope", "/api", &app!(hub, App::new().service(scope)), &hub);

        let (hub, _clock) = crate::hub();
        let inner = web::scope("/v1")
            .configure(plain)
            .default_service(web::to(nowhere));
        let scope = web::scope("/api").service(inner).wrap(resume(&hub));
        $test(
            "a scope around a scope",
            "/api/v1",
            &app!(hub, App::new().service(scope)),
            &hub,
        );

        let (hub, _clock) = crate::hub();
        let app = App::new()
            .service(
                web::resource("/items/{id}")
                    .wrap(resume(&hub))
                    .route(web::get().to(show))
                    .route(web::head().to(show)),
            )
            .service(
                web::resource("/json")
                    .wrap(resume(&hub))
                    .route(web::post().to(json)),
            )
            .service(
                web::resource("/form")
                    .wrap(resume(&hub))
                    .route(web::post().to(either)),
            );
        $test("Resource", "", &app!(hub, app), &hub);

        let (hub, _clock) = crate::hub();
        let app = App::new()
            .service(
                web::resource("/items/{id}")
                    .route(web::get().to(show).wrap(resume(&hub)))
                    .route(web::head().to(show).wrap(resume(&hub))),
            )
            .service(web::resource("/json").route(web::post().to(json).wrap(resume(&hub))))
            .service(web::resource("/form").route(web::post().to(either).wrap(resume(&hub))));
        $test("Route", "", &app!(hub, app), &hub);

        let (hub, _clock) = crate::hub();
        let app = App::new()
            .service(web::scope("").configure(plain).wrap(resume(&hub)))
            .default_service(web::to(nowhere))
            .wrap(resume(&hub));
        $test("twice", "", &app!(hub, app), &hub);
    }};
}

/// Sends a request that suspends three times, wakes it each time, and returns its answer.
fn fourth_pass<S, B>(
    app: &S,
    hub: &Hub<String>,
    request: actix_http::Request,
) -> Option<(StatusCode, String)>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: actix_web::body::MessageBody,
{
    let mut pending = send(app, request);
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.suspended_count(), 1);
        assert_eq!(hub.notify("go"), 1);
    }
    poll(&mut pending)
}

#[test]
fn every_extractor_finds_in_the_fourth_pass_what_it_found_in_the_first() {
    fn test<S, B>(name: &str, prefix: &str, app: &S, hub: &Hub<String>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        S::Future: 'static,
        B: actix_web::body::MessageBody,
    {
        let answer = fourth_pass(app, hub, get(&format!("{prefix}/items/7?q=tea")));
        let found =
            format!("GET {prefix}/items/7?q=tea {prefix}/items/{{id}} 7 tea app outside in pass 4");
        assert_eq!(answer, ok(&found), "{name}");
    }
    in_every_place!(test);
}

#[test]
fn the_body_is_there_in_every_pass() {
    fn test<S, B>(name: &str, prefix: &str, app: &S, hub: &Hub<String>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        S::Future: 'static,
        B: actix_web::body::MessageBody,
    {
        let json = post(
            &format!("{prefix}/json"),
            "application/json",
            r#"{"q":"tea"}"#,
        );
        assert_eq!(fourth_pass(app, hub, json), ok("tea in pass 4"), "{name}");
        let form = post(
            &format!("{prefix}/form"),
            "application/x-www-form-urlencoded",
            "q=milk",
        );
        assert_eq!(fourth_pass(app, hub, form), ok("milk in pass 4"), "{name}");
    }
    in_every_place!(test);
}

#[test]
fn head_is_suspended_like_get() {
    fn test<S, B>(name: &str, prefix: &str, app: &S, hub: &Hub<String>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        S::Future: 'static,
        B: actix_web::body::MessageBody,
    {
        let head = TestRequest::with_uri(&format!("{prefix}/items/7?q=tea")).method(Method::HEAD);
        let answer = fourth_pass(app, hub, head.to_request());
        assert_eq!(
            answer.map(|answer| answer.0),
            Some(StatusCode::OK),
            "{name}"
        );
    }
    in_every_place!(test);
}

#[test]
fn a_default_service_is_suspended_where_the_middleware_is_around_it() {
    fn test<S, B>(name: &str, prefix: &str, app: &S, hub: &Hub<String>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        S::Future: 'static,
        B: actix_web::body::MessageBody,
    {
        if ["App", "Scope", "a scope around a scope", "twice"].contains(&name) {
            let answer = fourth_pass(app, hub, get(&format!("{prefix}/nowhere")));
            assert_eq!(
                answer,
                ok(&format!("no {prefix}/nowhere in pass 4")),
                "{name}"
            );
        } else {
            let answer = poll(&mut send(app, get("/nowhere")));
            assert_eq!(
                answer.map(|answer| answer.0),
                Some(StatusCode::NOT_FOUND),
                "{name}"
            );
        }
    }
    in_every_place!(test);
}

#[test]
fn what_actix_answers_by_itself_is_answered_as_without_the_middleware() {
    fn test<S, B>(name: &str, prefix: &str, app: &S, hub: &Hub<String>)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
        S::Future: 'static,
        B: actix_web::body::MessageBody,
    {
        let status = |request| poll(&mut send(app, request)).map(|answer| answer.0);
        let bad_path = get(&format!("{prefix}/items/seven?q=tea"));
        assert_eq!(status(bad_path), Some(StatusCode::NOT_FOUND), "{name}");
        let bad_json = post(&format!("{prefix}/json"), "application/json", "{");
        assert_eq!(status(bad_json), Some(StatusCode::BAD_REQUEST), "{name}");
        let large = post(
            &format!("{prefix}/json"),
            "application/json",
            &"x".repeat(65),
        );
        assert_eq!(status(large), Some(StatusCode::PAYLOAD_TOO_LARGE), "{name}");
        assert_eq!(hub.suspended_count(), 0, "{name}");
    }
    in_every_place!(test);
}

#[test]
fn around_a_resource_a_handler_may_keep_the_request() {
    async fn keeping(
        c: Continuation<String>,
        request: HttpRequest,
        kept: Data<Kept>,
    ) -> Outcome<String> {
        kept.0.borrow_mut().push(request);
        after_three_passes(&c, "kept".into())
    }
    struct Kept(std::cell::RefCell<Vec<HttpRequest>>);
    let (hub, _clock) = hub();
    let kept = Data::new(Kept(Default::default()));
    let resource = web::resource("/{name}")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(keeping));
    let app = init!(App::new().app_data(kept.clone()).service(resource));
    assert_eq!(fourth_pass(&app, &hub, get("/thing")), ok("kept in pass 4"));
    assert_eq!(kept.0.borrow().len(), 4);
}
