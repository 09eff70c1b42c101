//! The same application under both servers.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::{Request, Response};
use tokio::sync::oneshot;

use crate::LONG_POLL;

pub(crate) type Start = fn(Hub<String>) -> Server;

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

    /// Returns when it has ended.
    pub(crate) fn ended(self) {
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

fn why(c: &Continuation<String>) -> String {
    let why = if c.is_expired() { "expired" } else { "resumed" };
    format!("{why} in pass {}", c.pass())
}

fn wait(c: &Continuation<String>, key: &str) -> Outcome<String> {
    if c.is_initial() {
        Err(c.suspend(key, LONG_POLL))
    } else {
        Ok(why(c))
    }
}

fn echo(c: &Continuation<String>, key: &str, body: Bytes) -> Outcome<Bytes> {
    if c.is_initial() {
        Err(c.suspend(key, LONG_POLL))
    } else {
        Ok(body)
    }
}

async fn portable(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    let path = request.uri().path();
    if c.is_initial() {
        return Err(c.suspend(path.trim_start_matches("/portable/"), LONG_POLL));
    }
    let answer = format!("{} {path} in pass {}", request.method(), c.pass());
    Ok(Response::new(answer.into()))
}

pub(crate) fn axum(hub: Hub<String>) -> Server {
    use ::axum::Router;
    use ::axum::extract::Path;
    use ::axum::routing::{get, post};
    use dacapo::axum::{ResumeLayer, handler};

    let app = Router::new()
        .route(
            "/wait/{key}",
            get(async |c, Path(key): Path<String>| wait(&c, &key)),
        )
        .route(
            "/echo/{key}",
            post(async |c, Path(key): Path<String>, body| echo(&c, &key, body)),
        )
        .route("/portable/{key}", get(handler(portable)))
        .layer(ResumeLayer::new(hub))
        .route("/now", get(async || "now"));
    Server::start(move |bound, stopped| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let stopped = async { drop(stopped.await) };
            ::axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .await
                .unwrap();
        });
    })
}

pub(crate) fn actix(hub: Hub<String>) -> Server {
    use actix_web::web::{self, Path};
    use actix_web::{App, HttpServer};
    use dacapo::actix::{Resume, handler};

    Server::start(move |bound, stopped| {
        actix_web::rt::System::new().block_on(async move {
            let app = move || {
                let held = web::scope("")
                    .route(
                        "/wait/{key}",
                        web::get().to(async |c, key: Path<String>| wait(&c, &key)),
                    )
                    .route(
                        "/echo/{key}",
                        web::post().to(async |c, key: Path<String>, body| echo(&c, &key, body)),
                    )
                    .route("/portable/{key}", web::get().to(handler(portable)))
                    .wrap(Resume::new(hub.clone()));
                App::new()
                    .route("/now", web::get().to(async || "now"))
                    .service(held)
            };
            let server = HttpServer::new(app)
                .workers(2)
                .h1_allow_half_closed(false)
                .disable_signals()
                .bind("127.0.0.1:0")
                .unwrap();
            bound.send(server.addrs()[0]).unwrap();
            let server = server.run();
            let handle = server.handle();
            actix_web::rt::spawn(async move {
                // A test that does not stop it drops the sender at its end.
                if stopped.await.is_ok() {
                    handle.stop(true).await;
                }
            });
            server.await.unwrap();
        });
    })
}
