//! Where the middleware can stand in an application of actix.

use actix_web::dev::Service;
use actix_web::web::{self, Data, Form, Json, Path, Query, ReqData, ServiceConfig};
use actix_web::{App, Either, HttpMessage, HttpRequest};
use dacapo::actix::Resume;
use dacapo::{Continuation, Hub, Outcome};
use http::StatusCode;
use support::{Actix, on_actix};

use super::{FromOutside, LIMIT, Place, Places, Search, after_three_passes};

impl Places for Actix {
    fn places(self) -> Vec<Place> {
        vec![
            around_the_app(),
            around_a_scope(),
            around_a_scope_around_a_scope(),
            around_each_resource(),
            around_each_route(),
            twice(),
        ]
    }

    fn finds(self, prefix: &str) -> String {
        format!("GET {prefix}/items/7?q=tea {prefix}/items/{{id}} 7 tea app outside")
    }

    fn refusal_of_a_path(self) -> StatusCode {
        StatusCode::NOT_FOUND
    }
}

/// A server with what stands outside in every place.
macro_rules! server {
    ($app:expr) => {
        on_actix::server($app.app_data(Data::new("app")).wrap_fn(|request, service| {
            request.extensions_mut().insert(FromOutside("outside"));
            service.call(request)
        }))
    };
}

fn around_the_app() -> Place {
    Place::new("App", "", Some("/nowhere"), |hub| {
        let app = App::new().configure(plain);
        server!(app.default_service(web::to(nowhere)).wrap(resume(hub)))
    })
}

fn around_a_scope() -> Place {
    Place::new("Scope", "/api", Some("/api/nowhere"), |hub| {
        let scope = web::scope("/api").configure(plain);
        let scope = scope.default_service(web::to(nowhere)).wrap(resume(hub));
        server!(App::new().service(scope))
    })
}

fn around_a_scope_around_a_scope() -> Place {
    let (name, nowhere_inside) = ("a scope around a scope", "/api/v1/nowhere");
    Place::new(name, "/api/v1", Some(nowhere_inside), |hub| {
        let inner = web::scope("/v1").configure(plain);
        let inner = inner.default_service(web::to(nowhere));
        let outer = web::scope("/api").service(inner).wrap(resume(hub));
        server!(App::new().service(outer))
    })
}

fn around_each_resource() -> Place {
    Place::new("Resource", "", None, |hub| {
        let [items, texts, forms] = resources().map(|resource| resource.wrap(resume(hub)));
        server!(App::new().service(items).service(texts).service(forms))
    })
}

fn around_each_route() -> Place {
    Place::new("Route", "", None, |hub| {
        let resume = || resume(hub);
        let items = web::resource("/items/{id}")
            .route(web::get().to(show).wrap(resume()))
            .route(web::head().to(show).wrap(resume()));
        let texts = web::resource("/json").route(web::post().to(json).wrap(resume()));
        let forms = web::resource("/form").route(web::post().to(either).wrap(resume()));
        server!(App::new().service(items).service(texts).service(forms))
    })
}

fn twice() -> Place {
    Place::new("twice", "", Some("/nowhere"), |hub| {
        let inside = web::scope("").configure(plain).wrap(resume(hub));
        let app = App::new().service(inside);
        server!(app.default_service(web::to(nowhere)).wrap(resume(hub)))
    })
}

fn resume(hub: &Hub<String>) -> Resume<String> {
    Resume::new(hub.clone()).max_body_size(LIMIT)
}

fn plain(config: &mut ServiceConfig) {
    for resource in resources() {
        config.service(resource);
    }
}

fn resources() -> [actix_web::Resource; 3] {
    let items = web::resource("/items/{id}").route(web::get().to(show));
    let items = items.route(web::head().to(show));
    let texts = web::resource("/json").route(web::post().to(json));
    let forms = web::resource("/form").route(web::post().to(either));
    [items, texts, forms]
}

async fn show(
    c: Continuation<String>,
    request: HttpRequest,
    path: Path<u32>,
    search: Query<Search>,
    app: Data<&'static str>,
    outside: ReqData<FromOutside>,
) -> Outcome<String> {
    let (method, uri) = (request.method(), request.uri());
    let (pattern, q) = (request.match_pattern().unwrap_or_default(), &search.q);
    let found = format!(
        "{method} {uri} {pattern} {path} {q} {} {}",
        **app, outside.0
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
