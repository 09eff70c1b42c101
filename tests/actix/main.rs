//! The actix adapter, without a socket and without a runtime.

mod body;
mod failures;
mod middleware;
mod placement;

use std::pin::Pin;
use std::time::Duration;

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use dacapo::{Hub, MockClock};
use futures::FutureExt;

const LONG_POLL: Duration = Duration::from_secs(30);

/// A request on its way through an application.
type Pending<B> = Pin<Box<dyn Future<Output = ServiceResponse<B>>>>;

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

/// Makes a service of an application.
macro_rules! init {
    ($app:expr) => {
        futures::executor::block_on(actix_web::test::init_service($app))
    };
}
pub(crate) use init;

fn send<S, B>(app: &S, request: Request) -> Pending<B>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
{
    Box::pin(app.call(request).map(|answer| answer.unwrap()))
}

fn get(uri: &str) -> Request {
    TestRequest::get().uri(uri).to_request()
}

fn post(uri: &str, content_type: &'static str, body: &str) -> Request {
    let request = TestRequest::post()
        .uri(uri)
        .insert_header(("content-type", content_type));
    request.set_payload(body.to_owned()).to_request()
}

/// The answer, if it is there.
fn poll<B: MessageBody>(pending: &mut Pending<B>) -> Option<(StatusCode, String)> {
    let response = pending.as_mut().now_or_never()?;
    let status = response.status();
    let body = to_bytes(response.into_body()).now_or_never().unwrap();
    Some((
        status,
        String::from_utf8(body.unwrap_or_default().into()).unwrap(),
    ))
}

fn ok(body: &str) -> Option<(StatusCode, String)> {
    Some((StatusCode::OK, body.to_owned()))
}
