//! Where the layer can stand in an application of axum.

use std::net::SocketAddr;

use axum::extract::connect_info::MockConnectInfo;
use axum::extract::{ConnectInfo, Form, MatchedPath, OriginalUri, Path, Query, State};
use axum::handler::Handler;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::{self, MethodRouter};
use axum::{Extension, Json, Router};
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome};
use support::{Axum, Server, on_axum};
use tower::Layer;

use super::{FromOutside, LIMIT, Place, Places, Search, after_three_passes};

type Resume = ResumeLayer<String>;

#[derive(Clone)]
struct App {
    name: &'static str,
}

impl Places for Axum {
    fn places(self) -> Vec<Place> {
        let places = PLACES.into_iter();
        let place = |(name, prefix, nowhere, place): Row| {
            Place::new(name, prefix, nowhere, |hub| server(place, hub))
        };
        places.map(place).collect()
    }

    fn finds(self, prefix: &str) -> String {
        let uri = "/items/7?q=tea";
        format!("GET {uri} {prefix}{uri} {prefix}/items/{{id}} 7 tea app 127.0.0.1:7 outside")
    }

    fn refusal_of_a_path(self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

/// The place, the prefix that the routes have got, a path to the fallback inside, and how it is made.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    fn(Resume) -> Router<App>,
);

const NOWHERE: Option<&str> = Some("/nowhere");

const PLACES: [Row; 10] = [
    ("Router::layer", "", NOWHERE, |resume| {
        plain().fallback(nowhere).layer(resume)
    }),
    ("Router::route_layer", "", None, |resume| {
        plain().route_layer(resume)
    }),
    ("MethodRouter::layer", "", None, |resume| {
        routes(|method| method.layer(resume.clone()))
    }),
    ("MethodRouter::route_layer", "", None, |resume| {
        routes(|method| method.route_layer(resume.clone()))
    }),
    ("Handler::layer", "", None, |resume| {
        Router::new()
            .route("/items/{id}", routing::get(show.layer(resume.clone())))
            .route("/json", routing::post(json.layer(resume.clone())))
            .route("/form", routing::post(form.layer(resume)))
    }),
    ("on the nested router", "/api", None, |resume| {
        Router::new().nest("/api", plain().layer(resume))
    }),
    ("around the nesting router", "/api", NOWHERE, |resume| {
        Router::new()
            .nest("/api", plain())
            .fallback(nowhere)
            .layer(resume)
    }),
    ("on a merged router", "", None, |resume| {
        Router::new().merge(plain().layer(resume))
    }),
    ("twice", "", NOWHERE, |resume| {
        plain()
            .layer(resume.clone())
            .fallback(nowhere)
            .layer(resume)
    }),
    ("around the whole as a service", "", NOWHERE, |resume| {
        let app = plain().fallback(nowhere).with_state(App { name: "app" });
        Router::new().fallback_service(resume.layer(app.layer(connection())))
    }),
];

fn server(place: fn(Resume) -> Router<App>, hub: &Hub<String>) -> Server {
    let app = place(ResumeLayer::new(hub.clone()).max_body_size(LIMIT))
        .with_state(App { name: "app" })
        .layer(connection())
        .layer(Extension(FromOutside("outside")));
    on_axum::server(app)
}

fn connection() -> MockConnectInfo<SocketAddr> {
    MockConnectInfo(SocketAddr::from(([127, 0, 0, 1], 7)))
}

fn plain() -> Router<App> {
    routes(|method| method)
}

fn routes(around: impl Fn(MethodRouter<App>) -> MethodRouter<App>) -> Router<App> {
    Router::new()
        .route("/items/{id}", around(routing::get(show)))
        .route("/json", around(routing::post(json)))
        .route("/form", around(routing::post(form)))
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
    after_three_passes(&c, found)
}

async fn json(c: Continuation<String>, Json(search): Json<Search>) -> Outcome<String> {
    after_three_passes(&c, search.q)
}

async fn form(c: Continuation<String>, Form(search): Form<Search>) -> Outcome<String> {
    after_three_passes(&c, search.q)
}

async fn nowhere(c: Continuation<String>, uri: Uri) -> Outcome<String> {
    after_three_passes(&c, format!("no {uri}"))
}
