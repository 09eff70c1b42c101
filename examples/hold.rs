//! The smallest real server: it holds requests, and answers them with what is posted.
//!
//! `cargo run --release --example hold --all-features -- --framework axum --port 3000`
//!
//! * `GET /poll/{key}?timeout_ms=N` is held: 200 and the body of the next notify of the key, or 204 after a time-out
//!   of 30 seconds, or of N milliseconds, a day at most.
//! * `POST /notify/{key}` answers all that are held on the key with its body of up to 2 MiB; its own answer says how
//!   many it woke.
//! * `GET /healthz` says how many are held.
//!
//! A message is for those who are held when it comes, and is not kept for others: for that an application has a place
//! of its own where the handler looks, as the chats have.
//!
//! All clients of a key get the same answer, so it is given `--at once`, without another pass of their handlers. With
//! `--at passes` the handlers are executed again and find the message, as in an application that has something else to
//! say to each client.
//!
//! Ctrl-C or SIGTERM ends it within a second, with an answer for everybody who is held.

mod signals;

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use lexopt::Arg::Long;
use lexopt::ValueExt;
use serde::Deserialize;
use signals::shutdown_signal;
use tokio::time::{sleep, timeout};

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments {
        framework,
        port,
        answers,
    } = Arguments::parse()?;
    let hold = |hub| Hold { hub, answers };
    let served = match framework {
        Framework::Axum => {
            // Everything is executed in one runtime, which can keep the time as well.
            let hold = hold(Hub::builder().build_on_tokio());
            tokio::runtime::Runtime::new()?.block_on(on_axum::serve(hold, port))
        }
        Framework::Actix => {
            actix_web::rt::System::new().block_on(on_actix::serve(hold(Hub::new()), port))
        }
    };
    served.map_err(|error| format!("port {port}: {error}; choose another with --port").into())
}

/// The application, which knows no framework.
#[derive(Clone)]
struct Hold {
    hub: Hub<String>,
    answers: Answers,
}

/// Who answers a request that is held.
#[derive(Clone, Copy)]
enum Answers {
    /// Whoever has the message, or the end of its time.
    AtOnce,
    /// Its handler, executed again.
    InPasses,
}

impl Hold {
    /// The next message for a key, or nothing after the timeout.
    fn poll(
        &self,
        c: &Continuation<String>,
        key: &str,
        timeout: Duration,
    ) -> Outcome<Option<Bytes>> {
        if c.is_expired() {
            return Ok(None);
        }
        if let Some(message) = c.value::<Bytes>() {
            return Ok(Some(Bytes::clone(&message)));
        }
        let token = c.suspend(key, timeout);
        Err(match self.answers {
            Answers::AtOnce => token.or_respond_with(no_content),
            Answers::InPasses => token,
        })
    }

    /// Answers everybody who waits for a key, and returns how many were woken.
    fn notify(&self, key: &str, message: Bytes) -> usize {
        match self.answers {
            Answers::AtOnce => self.hub.respond(key, bytes(message)).unwrap(),
            Answers::InPasses => self.hub.notify_value(key, message),
        }
    }
}

/// What axum makes of bytes.
fn bytes(message: Bytes) -> Response<Bytes> {
    let mut response = Response::new(message);
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[derive(Deserialize)]
struct Poll {
    timeout_ms: Option<u64>,
}

impl Poll {
    fn timeout(&self) -> Duration {
        self.timeout_ms
            .map_or(Duration::from_secs(30), Duration::from_millis)
    }
}

/// How long a request may be held: above what a client asks for, which the adapters' two minutes would cut short.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// What a server may take to shut down when its hub has: there are clients who never hang up.
const PATIENCE: Duration = Duration::from_millis(700);

/// Waits until the server is to end, and lets all requests go.
async fn shutdown(hub: Hub<String>) {
    shutdown_signal().await;
    hub.shutdown();
}

mod on_axum {
    use super::*;
    use axum::Router;
    use axum::extract::{Path, Query, State};
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use axum::routing::{get, post};
    use axum::serve::ListenerExt;
    use dacapo::axum::ResumeLayer;

    pub(super) async fn serve(hold: Hold, port: u16) -> io::Result<()> {
        let hub = hold.hub.clone();
        let resume = ResumeLayer::new(hub.clone()).max_hold(LONGEST_HOLD);
        let app = Router::new()
            .route("/poll/{key}", get(poll).layer(resume))
            .route("/notify/{key}", post(notify))
            .route("/healthz", get(health))
            .with_state(hold);
        let socket = tokio::net::TcpSocket::new_v4()?;
        #[cfg(unix)] // elsewhere it lets two servers have the same port
        socket.set_reuseaddr(true)?;
        socket.bind(([127, 0, 0, 1], port).into())?;
        let listener = socket.listen(4096)?;
        println!("holding on http://{} with axum", listener.local_addr()?);
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = axum::serve(listener, app).with_graceful_shutdown(shutdown(hub.clone()));
        tokio::select! {
            served = server => served,
            _ = async { shutdown(hub).await; sleep(PATIENCE).await } => Ok(()),
        }
    }

    async fn poll(
        c: Continuation<String>,
        State(hold): State<Hold>,
        Path(key): Path<String>,
        Query(query): Query<Poll>,
    ) -> Outcome<Response> {
        let message = hold.poll(&c, &key, query.timeout())?;
        Ok(message.map_or_else(
            || StatusCode::NO_CONTENT.into_response(),
            IntoResponse::into_response,
        ))
    }

    async fn notify(State(hold): State<Hold>, Path(key): Path<String>, message: Bytes) -> String {
        hold.notify(&key, message).to_string()
    }

    async fn health(State(hold): State<Hold>) -> String {
        hold.hub.suspended_count().to_string()
    }
}

mod on_actix {
    use super::*;
    use actix_web::http::header::ContentType;
    use actix_web::web::{self, Data, Path, PayloadConfig, Query};
    use actix_web::{App, HttpResponse, HttpServer};
    use dacapo::actix::Resume;

    pub(super) async fn serve(hold: Hold, port: u16) -> io::Result<()> {
        let hub = hold.hub.clone();
        let hold = Data::new(hold);
        let app = move || {
            let resume = Resume::new(hold.hub.clone()).max_hold(LONGEST_HOLD);
            App::new()
                .app_data(hold.clone())
                .app_data(PayloadConfig::new(2 << 20)) // bytes, as on axum
                .service(
                    web::resource("/poll/{key}")
                        .wrap(resume)
                        .route(web::get().to(poll)),
                )
                .service(web::resource("/notify/{key}").route(web::post().to(notify)))
                .service(web::resource("/healthz").route(web::get().to(health)))
        };
        let server = HttpServer::new(app)
            .h1_allow_half_closed(false) // a client that hangs up is not held any longer
            .backlog(4096)
            .max_connections(25_000)
            .keep_alive(Duration::from_secs(600))
            .disable_signals()
            .bind(("127.0.0.1", port))?;
        println!("holding on http://{} with actix", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::select! {
            served = server => served,
            _ = async { shutdown(hub).await; timeout(PATIENCE, handle.stop(true)).await } => Ok(()),
        }
    }

    async fn poll(
        c: Continuation<String>,
        hold: Data<Hold>,
        key: Path<String>,
        query: Query<Poll>,
    ) -> Outcome<HttpResponse> {
        let message = hold.poll(&c, &key, query.timeout())?;
        Ok(message.map_or_else(
            || HttpResponse::NoContent().finish(),
            |message| {
                HttpResponse::Ok()
                    .content_type(ContentType::octet_stream())
                    .body(message)
            },
        ))
    }

    async fn notify(hold: Data<Hold>, key: Path<String>, message: Bytes) -> String {
        hold.notify(&key, message).to_string()
    }

    async fn health(hold: Data<Hold>) -> String {
        hold.hub.suspended_count().to_string()
    }
}

struct Arguments {
    framework: Framework,
    port: u16,
    answers: Answers,
}

enum Framework {
    Axum,
    Actix,
}

impl Arguments {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut parsed = Self {
            framework: Framework::Axum,
            port: 3000,
            answers: Answers::AtOnce,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("framework") => parsed.framework = parser.value()?.parse_with(framework)?,
                Long("port") => parsed.port = parser.value()?.parse_with(port)?,
                Long("at") => parsed.answers = parser.value()?.parse_with(answers)?,
                other => Err(format!("{}: {OPTIONS}", other.unexpected()))?,
            }
        }
        Ok(parsed)
    }
}

fn framework(value: &str) -> Result<Framework, &'static str> {
    match value {
        "axum" => Ok(Framework::Axum),
        "actix" => Ok(Framework::Actix),
        _ => Err("--framework is axum or actix"),
    }
}

fn port(value: &str) -> Result<u16, &'static str> {
    value.parse().map_err(|_| "--port is a number up to 65535")
}

fn answers(value: &str) -> Result<Answers, &'static str> {
    match value {
        "once" => Ok(Answers::AtOnce),
        "passes" => Ok(Answers::InPasses),
        _ => Err("--at is once or passes"),
    }
}

const OPTIONS: &str = "the options are --framework axum|actix, --port N and --at once|passes";
