//! The smallest real server: it holds requests, and answers them with what is posted.
//!
//! `cargo run --release --example hold --all-features -- --framework axum --port 3000`
//!
//! * `GET /poll/{key}?timeout_ms=N` is held: 200 and the body of the next notify of the key, or 204 after a time-out
//!   of 30 seconds, or of N milliseconds, a day at most.
//! * `POST /notify/{key}` answers all polls that are held on the key with its body of up to 2 MiB; its own answer says
//!   how many it woke.
//! * `GET /healthz` says how many are held.
//!
//! A message is for the polls that are held when it arrives, and is not kept for later polls. To keep messages, an
//! application stores them where its handler looks, as the chats do.
//!
//! `--framework` is `axum` or `actix`.
//!
//! `--mount handler` is the usual way: a plain handler calls `hub.run`, and nothing is mounted. With `--mount layer`
//! the handler takes a `Continuation`, and the layer executes it again, its extractors included.
//!
//! All polls of a key get the same answer, so by default it is given `--at once`, without another pass of their
//! handlers. With `--at passes`, the handlers are executed again and find the message, as in an application with a
//! different answer for each client.
//!
//! Ctrl-C or SIGTERM ends it within a second, with an answer for every poll that is held.

mod arguments;
mod on_actix;
mod on_axum;
#[path = "../signals.rs"]
mod signals;

use std::error::Error;
use std::time::Duration;

use arguments::Arguments;
use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::Deserialize;
use signals::shutdown_signal;

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments {
        framework,
        mount,
        answers,
        port,
    } = Arguments::parse()?;
    let hub = Hub::builder().max_hold(LONGEST_HOLD);
    let hold = |hub| Hold { hub, answers };
    let served = match framework {
        Framework::Axum => {
            // One runtime executes everything, so it can also keep the time.
            let hold = hold(hub.build_on_tokio());
            tokio::runtime::Runtime::new()?.block_on(on_axum::serve(hold, mount, port))
        }
        Framework::Actix => {
            let hold = hold(hub.build());
            actix_web::rt::System::new().block_on(on_actix::serve(hold, mount, port))
        }
    };
    served.map_err(|error| format!("port {port}: {error}; choose another with --port").into())
}

/// How long a poll may be held: longer than any client asks for. The default of two minutes would shorten long polls.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 60 * 60);

/// The time that a server may take to end after its hub: some clients never hang up.
const PATIENCE: Duration = Duration::from_millis(700);

enum Framework {
    Axum,
    Actix,
}

/// What executes a poll again.
#[derive(Clone, Copy)]
enum Mount {
    /// Its handler, with `hub.run`.
    Handler,
    /// A layer around its handler.
    Layer,
}

/// How a held poll is answered.
#[derive(Clone, Copy)]
enum Answers {
    /// With the message itself, or with the end of its time.
    AtOnce,
    /// In another pass.
    InPasses,
}

/// The application, which is independent of the framework.
#[derive(Clone)]
struct Hold {
    hub: Hub<String>,
    answers: Answers,
}

impl Hold {
    /// One pass of a poll: the next message for a key, or nothing after the timeout.
    fn poll(&self, c: &Continuation<String>, key: &str, poll: &Poll) -> Outcome<Option<Bytes>> {
        if c.is_expired() {
            return Ok(None);
        }
        if let Some(message) = c.value::<Bytes>() {
            return Ok(Some(Bytes::clone(&message)));
        }
        let token = c.suspend(key, poll.timeout());
        Err(match self.answers {
            Answers::AtOnce => token.or_respond_with(no_content),
            Answers::InPasses => token,
        })
    }

    /// Answers all polls of a key, and returns how many were woken.
    fn notify(&self, key: &str, message: Bytes) -> usize {
        match self.answers {
            Answers::AtOnce => self.hub.respond(key, bytes(message)).unwrap(),
            Answers::InPasses => self.hub.notify_value(key, message),
        }
    }
}

/// Waits for the signal to end, and ends all polls.
async fn shutdown(hub: Hub<String>) {
    shutdown_signal().await;
    hub.shutdown();
}

/// What a client asks for.
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

/// The content type that axum uses for bytes.
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
