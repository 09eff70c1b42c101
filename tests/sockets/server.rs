//! The same application under both servers.

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use bytes::Bytes;
use dacapo::Outcome;
use hyper_util::rt::TokioIo;
use support::on_actix::HalfClosed;
use support::{Listening, on_actix, on_axum};

use crate::application::{Application, panics, portable};

pub(crate) type Start = fn(Arc<Application>) -> Listening;

/// The framework's limit on a body of `/limited`.
const FRAMEWORK_LIMIT: usize = 4;

pub(crate) fn axum(application: Arc<Application>) -> Listening {
    on_axum::listen(routes(application))
}

pub(crate) fn routes(application: Arc<Application>) -> ::axum::Router {
    use ::axum::Router;
    use ::axum::extract::{Path, State};
    use ::axum::routing::{get, post};
    use dacapo::axum::{ResumeLayer, handler};
    use tower_http::limit::RequestBodyLimitLayer;

    let act =
        async |c, State(app): State<Arc<Application>>, Path((act, key)): Path<(String, String)>| {
            app.act(&c, &act, &key).await
        };
    let echo = async |c,
                      State(app): State<Arc<Application>>,
                      Path(key): Path<String>,
                      body: Bytes| { app.echo(&c, &key, body) };
    let upgrade = async |c,
                         State(app): State<Arc<Application>>,
                         Path(key): Path<String>,
                         mut request: ::axum::extract::Request| {
        app.upgrade(&c, &key)?;
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async {
            let stream = TokioIo::new(upgrade.await.unwrap());
            let (mut reader, mut writer) = tokio::io::split(stream);
            tokio::io::copy(&mut reader, &mut writer).await
        });
        let head = [("connection", "upgrade"), ("upgrade", "websocket")];
        Outcome::Ok((::axum::http::StatusCode::SWITCHING_PROTOCOLS, head))
    };
    let resume = ResumeLayer::new(application.hub.clone());
    let limited = Router::new()
        .route("/limited/{key}", post(echo))
        .layer(resume.clone())
        .layer(RequestBodyLimitLayer::new(FRAMEWORK_LIMIT));
    Router::new()
        .route("/{act}/{key}", get(act))
        .route("/echo/{key}", post(echo))
        .route("/portable/{key}", get(handler(portable)))
        .route("/upgrade/{key}", get(upgrade))
        .layer(resume)
        .merge(limited)
        .route("/now", get(async || "now"))
        .route("/panics", get(panics))
        .with_state(application)
}

/// As the documentation advises.
pub(crate) fn actix(application: Arc<Application>) -> Listening {
    on_actix::listen(HalfClosed::HasGone, configured(application))
}

/// The default of actix.
pub(crate) fn actix_by_default(application: Arc<Application>) -> Listening {
    on_actix::listen(HalfClosed::Stays, configured(application))
}

pub(crate) fn configured(
    application: Arc<Application>,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    use actix_web::web::{self, Data, Path, PayloadConfig};
    use actix_web::{HttpResponse, guard};
    use dacapo::actix::{Resume, handler};

    // As in axum: a route for GET is also one for HEAD.
    let is_read = || guard::Any(guard::Get()).or(guard::Head());
    let act = async |c, app: Data<Application>, path: Path<(String, String)>| {
        app.act(&c, &path.0, &path.1).await
    };
    let echo =
        async |c, app: Data<Application>, key: Path<String>, body: Bytes| app.echo(&c, &key, body);
    let upgrade = async |c, app: Data<Application>, key: Path<String>, stream: web::Payload| {
        app.upgrade(&c, &key)?;
        let mut switch = HttpResponse::SwitchingProtocols();
        Outcome::Ok(switch.upgrade("websocket").streaming(stream))
    };
    move |app| {
        let resume = Resume::new(application.hub.clone());
        let limited = web::resource("/limited/{key}")
            .app_data(PayloadConfig::new(FRAMEWORK_LIMIT))
            .wrap(resume.clone())
            .route(web::post().to(echo));
        let held = web::scope("")
            .route("/portable/{key}", web::get().to(handler(portable)))
            .route("/echo/{key}", web::post().to(echo))
            .route("/upgrade/{key}", web::get().to(upgrade))
            .route("/{act}/{key}", web::route().guard(is_read()).to(act))
            .wrap(resume);
        app.app_data(Data::from(Arc::clone(&application)))
            .route("/now", web::get().to(async || "now"))
            .route("/panics", web::get().to(panics))
            .service(limited)
            .service(held);
    }
}
