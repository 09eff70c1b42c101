//! What other processes push, on each framework.

mod bodies;
mod counted;
mod paths;
mod property;
mod races;
mod routes;
mod token;

use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use bytes::Bytes;
use dacapo::push::{Push, Token};
use dacapo::{Continuation, Hub, MockClock};
use futures::FutureExt;
use http::{Method, Request, Response, StatusCode};
use support::{Application, Body, Framework, Pending, Server, Target};

const LONG_POLL: Duration = Duration::from_secs(30);

const TOKEN: &str = "3f7c0a52d9be41868a1bb41f7f2d5c11";

/// A server that holds requests, and to which other processes push.
struct Site {
    hub: Hub<String>,
    clock: MockClock,
    server: Server,
    ids: Receiver<String>,
}

impl Site {
    fn new(on: impl Framework) -> Self {
        Self::for_clients_with(on, Token::new(TOKEN).unwrap())
    }

    fn for_clients_with(on: impl Framework, token: Token) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let (tell, ids) = mpsc::channel();
        let handler = move |c: Continuation<String>, request: Request<Bytes>| {
            tell.send(c.handle().id().to_string()).unwrap();
            let key = request.headers()["key"].to_str().unwrap().to_owned();
            async move {
                if c.is_initial() {
                    return Err(c.suspend(&key, LONG_POLL));
                }
                let value = c.value::<Bytes>();
                let value = value.map_or_else(|| "no value".into(), |value| (*value).clone());
                Ok(Response::new(value))
            }
        };
        let at = Target::At(Method::GET, "/");
        let app = Application::new().mount(at, Some(&hub), handler);
        let push = Push::new(&hub, token)
            .max_body_size(32)
            .body_timeout(Duration::from_secs(5));
        Self {
            server: on.serve_with_push(app, "/push", push),
            hub,
            clock,
            ids,
        }
    }

    /// A request that waits for a key, and its id.
    fn hold(&self, key: &str) -> (Pending, String) {
        let request = Request::get("/").header("key", key);
        let mut held = self.server.send(request.body(Body::empty()).unwrap());
        assert!(held.as_mut().now_or_never().is_none());
        (held, self.ids.recv().unwrap())
    }

    /// A push with the token.
    fn push(&self, path: &str, body: impl Into<Body>) -> Pending {
        self.server
            .send(with_token(path).body(body.into()).unwrap())
    }

    /// What it comes to, as status and text.
    #[track_caller]
    fn pushed(&self, path: &str, body: impl Into<Body>) -> (StatusCode, String) {
        said(&mut self.push(path, body))
    }
}

fn with_token(path: &str) -> http::request::Builder {
    Request::post(path).header("authorization", format!("Bearer {TOKEN}"))
}

/// The answer, which is there.
#[track_caller]
fn answer(pending: &mut Pending) -> Response<Bytes> {
    let answer = pending.as_mut().now_or_never();
    answer.expect("it has been answered")
}

/// What it says. None of it may be cached.
#[track_caller]
fn said(pending: &mut Pending) -> (StatusCode, String) {
    let answer = answer(pending);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    text(answer)
}

fn text(answer: Response<Bytes>) -> (StatusCode, String) {
    let (head, body) = answer.into_parts();
    (head.status, String::from_utf8(body.into()).unwrap())
}

/// That a push has reached this number of requests.
fn reached(requests: usize) -> (StatusCode, String) {
    (StatusCode::OK, format!("{{\"requests\":{requests}}}"))
}

fn is_held(pending: &mut Pending) -> bool {
    pending.as_mut().now_or_never().is_none()
}
