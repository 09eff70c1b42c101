//! What a long poll owes to HTTP, on every framework where it goes through one.

mod cache;
mod caching;
mod compression;
mod etags;
mod prefer;
mod repeats;

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, MockClock, Outcome};
use http::header::{HeaderMap, HeaderName};
use http::{Request, Response};
use support::{Application, Body, Framework, Mount, Pending, Server};

const HOLD: Duration = Duration::from_secs(30);

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

/// Headers that all have the same name.
fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
    let values = values.iter().map(|value| value.parse().unwrap());
    values.map(|value| (name.clone(), value)).collect()
}

/// A server that has only this to do.
fn serve<H, F>(on: impl Framework, hub: &Hub<String>, handler: H) -> Server
where
    H: Fn(Continuation<String>, Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
{
    on.serve(Application::held(Mount::InAHandler, hub, handler))
}

fn get(server: &Server, headers: HeaderMap) -> Pending {
    let mut request = support::get("/");
    *request.headers_mut() = headers;
    server.send(request)
}

fn put(server: &Server, headers: HeaderMap, body: &'static str) -> Pending {
    let mut request = Request::put("/").body(Body::from(body)).unwrap();
    *request.headers_mut() = headers;
    server.send(request)
}
