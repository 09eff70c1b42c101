//! What an adapter for a framework is made of.
//!
//! The adapters of this crate use nothing else of it, and one for another framework needs nothing
//! else. An adapter does four things for a request:
//!
//! 1. It implements [`Dispatcher`]: what has to be ready before a pass, how to begin one, with a
//!    [`Continuation`] that the handler can extract ([`begin_handler`]), and how to poll it. Before the first pass it
//!    reads the body, within limits for its size and its time ([`read_body`]): a body comes from the
//!    client once, and a handler may be executed many times.
//! 2. It turns a [`Suspended`] into a response, since that is what handlers return in the end, and
//!    [`mark_suspended`]s the token on the way. When the service has returned a response, [`take_suspension`]
//!    tells whether it stands for a suspension. The response itself cannot: middleware may have
//!    made another one of it.
//! 3. It polls an [`Execution`] of its pass, in which the loop of passes and waits is.
//! 4. It answers with [`Error::response`] what could not be held.
//!
//! ```
//! use std::task::{Context, Poll};
//! use bytes::Bytes;
//! use dacapo::driver::{self, Execution, Dispatcher};
//! use dacapo::{Continuation, Error, Hub, Outcome};
//! use futures::future::{BoxFuture, FutureExt};
//! use http::{Request, Response};
//!
//! /// A framework's handler: it knows requests and responses, and nothing of suspensions.
//! type Service = fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>>;
//!
//! struct Adapter {
//!     service: Service,
//!     request: Request<Bytes>,
//!     pass: Option<(Continuation<String>, BoxFuture<'static, Response<Bytes>>)>,
//! }
//!
//! impl Dispatcher<String> for Adapter {
//!     type Answer = Response<Bytes>;
//!
//!     fn begin(&mut self, continuation: Continuation<String>) {
//!         let mut request = self.request.clone();
//!         request.extensions_mut().insert(continuation.clone());
//!         self.pass = Some((continuation, (self.service)(request)));
//!     }
//!
//!     fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Response<Bytes>>> {
//!         let (continuation, pass) = self.pass.as_mut().expect("it has begun");
//!         let response = std::task::ready!(pass.poll_unpin(cx));
//!         let suspended = driver::take_suspension(continuation, response.extensions().get());
//!         self.pass = None;
//!         Poll::Ready(suspended.map_or(Ok(response), Err))
//!     }
//!
//!     fn refuse(&mut self, error: Error) -> Response<Bytes> {
//!         error.response()
//!     }
//!
//!     fn complete(&mut self, response: Response<Bytes>, _late: Option<Response<Bytes>>) -> Response<Bytes> {
//!         response
//!     }
//! }
//!
//! /// A handler of that framework.
//! fn news(request: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
//!     let c = request.extensions().get::<Continuation<String>>().unwrap().clone();
//!     async move {
//!         if c.is_expired() {
//!             return Response::new("nothing new".into());
//!         }
//!         driver::mark_suspended(&c.suspend("news", std::time::Duration::from_secs(30)));
//!         Response::new("any response".into())
//!     }
//!     .boxed()
//! }
//!
//! let (hub, clock) = Hub::<String>::with_mock_clock();
//! let adapter = Adapter { service: news, request: Request::new(Bytes::new()), pass: None };
//! let mut request = Execution::new(&hub, adapter);
//! assert!((&mut request).now_or_never().is_none());
//! clock.advance(std::time::Duration::from_secs(30));
//! assert_eq!(request.now_or_never().unwrap().body(), "nothing new");
//! ```

mod body;
mod limits;

use std::sync::Arc;

use crate::continuation::Continuation;
use crate::request::scope;
use crate::suspended::Suspended;

#[expect(unused_imports, reason = "for the documentation")]
use crate::error::Error;

pub use crate::execution::{Dispatcher, Execution};
pub use body::{BodyError, StreamingBody, read_body};
pub use limits::RequestLimits;

/// Notes that this token is on its way to the adapter, in the shape of a response. Returns whether an adapter will take
/// it.
///
/// To be called where the token is made a response, so that [`take_suspension`] finds it whatever becomes
/// of the response. It is not noted if its request is not in a pass, or if this happens in the pass
/// of another request: then nothing but the response tells of it.
///
/// If the pass has noted a token before, the request waits for the keys of both, and no longer than either.
///
/// ```
/// # use dacapo::{Suspended, driver};
/// # use bytes::Bytes;
/// # use http::StatusCode;
/// fn into_response(token: Suspended) -> http::Response<Bytes> {
///     let status = match driver::mark_suspended(&token) {
///         true => StatusCode::TOO_EARLY, // it is never sent
///         false => StatusCode::INTERNAL_SERVER_ERROR,
///     };
///     let mut response = http::Response::new(Bytes::from(token.to_string()));
///     *response.status_mut() = status;
///     response
/// }
/// ```
pub fn mark_suspended(token: &Suspended) -> bool {
    scope::may_be(token.state()) && token.state().mark_suspended(token.wait().clone())
}

/// Notes that a handler begins in the pass of this continuation. To be called where a handler extracts it.
///
/// Middleware inside may execute the handler several times in a pass. A token that has been [`mark_suspended`]ed before
/// is provisional from now on: if this execution suspends as well, the request waits for both; if not, the response of
/// the pass is the answer.
///
/// ```
/// # use dacapo::{Continuation, driver};
/// fn extract(extensions: &http::Extensions) -> Option<Continuation<String>> {
///     let continuation = extensions.get::<Continuation<String>>()?;
///     driver::begin_handler(continuation);
///     Some(continuation.clone())
/// }
/// ```
pub fn begin_handler<K>(continuation: &Continuation<K>) {
    continuation.state().begin_handler();
}

/// Takes the token of a pass, if it has suspended: what has been [`mark_suspended`]ed, or else what its response still
/// carries in its extensions. (Middleware may have executed the handler several times, and have chosen that response.)
///
/// A token that was made for another request is not taken.
///
/// ```
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Outcome, Suspended, driver};
/// # use http::Response;
/// fn outcome(continuation: &Continuation<String>, response: Response<Bytes>) -> Outcome<Response<Bytes>> {
///     let carried = response.extensions().get::<Suspended>();
///     driver::take_suspension(continuation, carried).map_or(Ok(response), Err)
/// }
/// ```
#[must_use = "the request is suspended by returning the token from `Dispatcher::poll`"]
pub fn take_suspension<K>(
    continuation: &Continuation<K>,
    carried: Option<&Suspended>,
) -> Option<Suspended> {
    let state = continuation.state();
    let noted = state.take_suspension();
    let noted = noted.map(|wait| Suspended::new(Arc::clone(state), wait));
    let carried = carried.filter(|token| Arc::ptr_eq(token.state(), state));
    noted.or_else(|| carried.cloned())
}
