//! The same application under both servers.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use dacapo::Outcome;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::application::{Application, portable};
use crate::running::until;

pub(crate) type Start = fn(Arc<Application>) -> Server;

/// A server on its own thread.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Asks it to shut down gracefully.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Returns when it has ended.
    pub(crate) fn ended(self) {
        until("the server has ended", || self.has_ended());
        self.thread.join().unwrap();
    }

    fn start(
        run: impl FnOnce(oneshot::Sender<SocketAddr>, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (bound, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || run(bound, stopped));
        let address = address.blocking_recv().unwrap();
        Self {
            address,
            stop: Some(stop),
            thread,
        }
    }
}

/// Bytes that the framework itself allows in a body of `/limited`.
const FRAMEWORK_LIMIT: usize = 4;

pub(crate) fn axum(application: Arc<Application>) -> Server {
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
    let app = Router::new()
        .route("/{act}/{key}", get(act))
        .route("/echo/{key}", post(echo))
        .route("/portable/{key}", get(handler(portable)))
        .route("/upgrade/{key}", get(upgrade))
        .layer(resume)
        .merge(limited)
        .route("/now", get(async || "now"))
        .with_state(application);
    Server::start(move |bound, stopped| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let (stop, stopping) = oneshot::channel::<()>();
            let server =
                ::axum::serve(listener, app).with_graceful_shutdown(async { drop(stopping.await) });
            let told = async {
                // A test that does not stop it drops the sender at its end.
                if stopped.await.is_ok() {
                    stop.send(()).unwrap();
                    pending().await
                }
            };
            tokio::select! {
                served = server => served.unwrap(),
                () = told => {}
            }
        });
    })
}

/// As the documentation advises.
pub(crate) fn actix(application: Arc<Application>) -> Server {
    start_actix(application, false)
}

/// As actix is if nobody says anything.
pub(crate) fn actix_by_default(application: Arc<Application>) -> Server {
    start_actix(application, true)
}

/// No client of a test is slow, but machines are.
const NEVER: Duration = Duration::from_secs(3600);

fn start_actix(application: Arc<Application>, allow_half_closed: bool) -> Server {
    use actix_web::web::{self, Data, Path, PayloadConfig};
    use actix_web::{App, HttpResponse, HttpServer, guard};
    use dacapo::actix::{Resume, handler};

    // As axum has it: a route for GET is one for HEAD.
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
    let app = move || {
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
        App::new()
            .app_data(Data::from(Arc::clone(&application)))
            .route("/now", web::get().to(async || "now"))
            .service(limited)
            .service(held)
    };
    Server::start(move |bound, stopped| {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(app)
                .workers(2)
                .h1_allow_half_closed(allow_half_closed)
                .client_request_timeout(NEVER)
                .keep_alive(NEVER)
                .disable_signals()
                .bind_auto_h2c("127.0.0.1:0")
                .unwrap();
            bound.send(server.addrs()[0]).unwrap();
            let server = server.run();
            let handle = server.handle();
            actix_web::rt::spawn(async move {
                // A test that does not stop it drops the sender at its end.
                let is_graceful = stopped.await.is_ok();
                handle.stop(is_graceful).await;
            });
            server.await.unwrap();
        });
    })
}
