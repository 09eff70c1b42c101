//! Wherever the layer stands, a request is suspended and executed again, and its extractors find
//! the same.

use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{ConnectInfo, Form, MatchedPath, OriginalUri, Path, Query, Request, State};
use axum::handler::Handler;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use axum::{Extension, Json, Router};
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::future::FusedFuture;
use std::convert::Infallible;
use std::net::SocketAddr;
use tower::{Layer, Service};

use crate::{LONG_POLL, get, hub, ok, poll, post, send};

#[derive(Clone)]
struct App {
    name: &'static str,
}

#[derive(Clone)]
struct FromOutside(&'static str);

#[derive(serde::Deserialize)]
struct Search {
    q: String,
}

type Resume = ResumeLayer<String>;

/// Suspends in the first pass; in the second it answers with all that it has found.
fn after_a_pass(c: &Continuation<String>, found: String) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend("go", LONG_POLL))
    } else {
        Ok(format!("{found} in pass {}", c.pass()))
    }
}

#[expect(clippy::too_many_arguments, reason = "an extractor of each kind")]
async fn show(
    c: Continuation<String>,
    method: Method,
    uri: Uri,
    OriginalUri(original): OriginalUri,
    matched: MatchedPath,
    Path(id): Path<u32>,
    Query(search): Query<Search>,
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Extension(outside): Extension<FromOutside>,
) -> Outcome<String> {
    let (matched, q, outside, app) = (matched.as_str(), search.q, outside.0, app.name);
    let found = format!("{method} {uri} {original} {matched} {id} {q} {app} {address} {outside}");
    after_a_pass(&c, found)
}

async fn json(c: Continuation<String>, Json(search): Json<Search>) -> Outcome<String> {
    after_a_pass(&c, search.q)
}

async fn form(c: Continuation<String>, Form(search): Form<Search>) -> Outcome<String> {
    after_a_pass(&c, search.q)
}

async fn nowhere(c: Continuation<String>, uri: Uri) -> Outcome<String> {
    after_a_pass(&c, format!("no {uri}"))
}

fn routes(around: impl Fn(MethodRouter<App>) -> MethodRouter<App>) -> Router<App> {
    Router::new()
        .route("/items/{id}", around(routing::get(show)))
        .route("/json", around(routing::post(json)))
        .route("/form", around(routing::post(form)))
}

fn plain() -> Router<App> {
    routes(|method| method)
}

/// Where the layer stands, and which prefix the routes have got.
type Placement = (&'static str, &'static str, fn(Resume) -> Router<App>);

const PLACEMENTS: [Placement; 10] = [
    ("Router::layer", "", |resume| {
        plain().fallback(nowhere).layer(resume)
    }),
    ("Router::route_layer", "", |resume| {
        plain().route_layer(resume)
    }),
    ("MethodRouter::layer", "", |resume| {
        routes(|method| method.layer(resume.clone()))
    }),
    ("MethodRouter::route_layer", "", |resume| {
        routes(|method| method.route_layer(resume.clone()))
    }),
    ("Handler::layer", "", |resume| {
        Router::new()
            .route("/items/{id}", routing::get(show.layer(resume.clone())))
            .route("/json", routing::post(json.layer(resume.clone())))
            .route("/form", routing::post(form.layer(resume)))
    }),
    ("on the nested router", "/api", |resume| {
        Router::new().nest("/api", plain().layer(resume))
    }),
    ("around the nesting router", "/api", |resume| {
        Router::new()
            .nest("/api", plain())
            .fallback(nowhere)
            .layer(resume)
    }),
    ("on a merged router", "", |resume| {
        Router::new().merge(plain().layer(resume))
    }),
    ("twice", "", |resume| {
        plain()
            .layer(resume.clone())
            .fallback(nowhere)
            .layer(resume)
    }),
    ("around the whole as a service", "", |resume| {
        use tower_layer::Layer;
        let app = plain().fallback(nowhere).with_state(App { name: "app" });
        let app = app.layer(MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7))));
        Router::new().fallback_service(resume.layer(app))
    }),
];

fn app(place: fn(Resume) -> Router<App>, hub: &Hub<String>) -> Router {
    place(ResumeLayer::new(hub.clone()).max_body_size(64))
        .with_state(App { name: "app" })
        .layer(MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7))))
        .layer(Extension(FromOutside("outside")))
}

/// Sends a request that suspends, wakes it, and returns its answer.
fn second_pass(app: &Router, hub: &Hub<String>, request: Request) -> Option<(StatusCode, String)> {
    let mut pending = send(app, request);
    assert_eq!(poll(&mut pending), None);
    assert_eq!(hub.suspended_count(), 1);
    assert_eq!(hub.notify("go"), 1);
    poll(&mut pending)
}

#[test]
fn every_extractor_finds_in_the_second_pass_what_it_found_in_the_first() {
    for (name, prefix, place) in PLACEMENTS {
        let (hub, _clock) = hub();
        let app = app(place, &hub);
        let answer = second_pass(&app, &hub, get(&format!("{prefix}/items/7?q=tea")));
        let found = format!(
            "GET /items/7?q=tea {prefix}/items/7?q=tea {prefix}/items/{{id}} 7 tea app 127.0.0.1:7 outside in pass 2"
        );
        assert_eq!(answer, ok(&found), "{name}");
    }
}

#[test]
fn the_body_is_there_in_every_pass() {
    for (name, prefix, place) in PLACEMENTS {
        let (hub, _clock) = hub();
        let app = app(place, &hub);
        let json = post(
            &format!("{prefix}/json"),
            "application/json",
            r#"{"q":"tea"}"#,
        );
        assert_eq!(second_pass(&app, &hub, json), ok("tea in pass 2"), "{name}");
        let form = post(
            &format!("{prefix}/form"),
            "application/x-www-form-urlencoded",
            "q=milk",
        );
        assert_eq!(
            second_pass(&app, &hub, form),
            ok("milk in pass 2"),
            "{name}"
        );
    }
}

#[test]
fn head_is_suspended_like_get_and_answered_without_a_body() {
    for (name, prefix, place) in PLACEMENTS {
        let (hub, _clock) = hub();
        let app = app(place, &hub);
        let mut head = get(&format!("{prefix}/items/7?q=tea"));
        *head.method_mut() = Method::HEAD;
        assert_eq!(second_pass(&app, &hub, head), ok(""), "{name}");
    }
}

#[test]
fn a_fallback_is_suspended_where_the_layer_is_around_it() {
    for (name, _, place) in PLACEMENTS {
        let (hub, _clock) = hub();
        let app = app(place, &hub);
        let inside = [
            "Router::layer",
            "around the nesting router",
            "twice",
            "around the whole as a service",
        ];
        if inside.contains(&name) {
            let answer = second_pass(&app, &hub, get("/nowhere"));
            assert_eq!(answer, ok("no /nowhere in pass 2"), "{name}");
        } else {
            let answer = poll(&mut send(&app, get("/nowhere")));
            assert_eq!(
                answer.map(|answer| answer.0),
                Some(StatusCode::NOT_FOUND),
                "{name}"
            );
        }
    }
}

#[test]
fn what_axum_answers_by_itself_is_answered_as_without_the_layer() {
    for (name, prefix, place) in PLACEMENTS {
        let (hub, _clock) = hub();
        let app = app(place, &hub);
        let status = |request| poll(&mut send(&app, request)).map(|answer| answer.0);
        let wrong_method = post(&format!("{prefix}/items/7?q=tea"), "text/plain", "");
        assert_eq!(
            status(wrong_method),
            Some(StatusCode::METHOD_NOT_ALLOWED),
            "{name}"
        );
        let bad_path = get(&format!("{prefix}/items/seven?q=tea"));
        assert_eq!(status(bad_path), Some(StatusCode::BAD_REQUEST), "{name}");
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
}

#[test]
fn a_layer_inside_another_of_the_same_hub_leaves_the_request_to_it() {
    let (hub, _clock) = hub();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let passes = std::sync::Arc::clone(&count);
    let handler = move |c: Continuation<String>| {
        passes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { after_a_pass(&c, "there".into()) }
    };
    let resume = ResumeLayer::new(hub.clone());
    let app = Router::new().route("/", routing::get(handler));
    let app = app
        .layer(resume.clone())
        .layer(resume.clone())
        .layer(resume);
    assert_eq!(second_pass(&app, &hub, get("/")), ok("there in pass 2"));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 2);
}

#[test]
fn layers_of_two_hubs_serve_a_handler_that_waits_for_either() {
    #[derive(Hash)]
    struct User(u32);
    async fn either(
        news: Continuation<String>,
        friend: Continuation<User>,
    ) -> Outcome<&'static str> {
        match (news.pass(), friend.pass()) {
            (1, 1) => Err(news.suspend("go", LONG_POLL)),
            (2, 1) => Err(friend.suspend(&User(7), LONG_POLL)),
            (2, 2) => Ok("both"),
            passes => panic!("{passes:?}"),
        }
    }
    let ((rooms, _), (users, _)) = (hub(), Hub::<User>::with_mock_clock());
    let app = Router::new().route("/", routing::get(either));
    let app = app
        .layer(ResumeLayer::new(users.clone()))
        .layer(ResumeLayer::new(rooms.clone()));
    let mut pending = send(&app, get("/"));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.notify("go"), users.notify(&User(7))), (1, 0));
    assert_eq!(poll(&mut pending), None);
    assert_eq!((rooms.suspended_count(), users.suspended_count()), (0, 1));
    assert_eq!(users.notify(&User(7)), 1);
    assert_eq!(poll(&mut pending), ok("both"));
}

#[test]
fn a_future_says_when_it_has_been_ready_inside_another_layer_too() {
    let (hub, _clock) = hub();
    let service = tower::service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let mut inner = ResumeLayer::new(hub.clone()).layer(service);
    let mut alone = Box::pin(inner.call(Request::new(Body::empty())));
    assert!(!alone.is_terminated());
    assert!(alone.as_mut().now_or_never().is_some() && alone.is_terminated());
    let inside = hub.run(|c| {
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(c);
        let mut future = inner.call(request);
        async move {
            assert!(!future.is_terminated());
            let _response = (&mut future).await.unwrap();
            Outcome::Ok(future.is_terminated())
        }
    });
    assert_eq!(inside.now_or_never(), Some(Ok(true.into())));
}
