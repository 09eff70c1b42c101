//! The parts of an adapter for a web framework.
//!
//! The two adapters of this crate use nothing else, and an adapter for another framework needs
//! nothing else. An adapter does four things:
//!
//! 1. It implements [`Dispatcher`], which begins and polls the passes of one request. Before the
//!    first pass it reads the body, within limits for size and time ([`read_body`]): a client sends
//!    its body once, and a handler may run several times. Each pass has a [`Continuation`] that the
//!    handler can extract ([`begin_handler`]).
//! 2. It converts a [`Suspended`] token into a response, since a framework's handlers return
//!    responses, and calls [`mark_suspended`] for the token. When the service has returned a
//!    response, [`take_suspension`] returns the token if the pass has suspended. The response alone
//!    cannot show this: middleware may have replaced it.
//! 3. It polls an [`Execution`] of its dispatcher, which runs the loop of passes and waits.
//! 4. It answers with [`Error::response`] if a request could not be held.
//!
//! ```
//! use std::task::{Context, Poll};
//! use bytes::Bytes;
//! use dacapo::driver::{self, Dispatcher, Execution};
//! use dacapo::{Continuation, Error, Hub, Outcome};
//! use futures::future::{BoxFuture, FutureExt};
//! use http::{Request, Response};
//!
//! /// A framework's handler. It knows requests and responses, but no suspensions.
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
//!         let (continuation, pass) = self.pass.as_mut().expect("begin was called");
//!         let response = std::task::ready!(pass.poll_unpin(cx));
//!         let carried = response.extensions().get();
//!         let suspended = driver::take_suspension(continuation, carried);
//!         self.pass = None;
//!         Poll::Ready(suspended.map_or(Ok(response), Err))
//!     }
//!
//!     fn refuse(&mut self, error: Error) -> Response<Bytes> {
//!         error.response()
//!     }
//!
//!     fn complete(
//!         &mut self,
//!         response: Response<Bytes>,
//!         _late: Option<Response<Bytes>>,
//!     ) -> Response<Bytes> {
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

/// Marks the current pass as suspended with this token. Returns whether an adapter will take the
/// token.
///
/// Call this where the token becomes a response. Then [`take_suspension`] finds the token, even if
/// middleware replaces the response. The function has no effect, and returns `false`, if the
/// token's request is not in a pass, or if this is the pass of another request: then only the
/// response contains the token.
///
/// If the pass is already marked with another token, the request waits for the keys of both, and no
/// longer than either.
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

/// Notes that a handler begins in the pass of this continuation. Call this where a handler extracts
/// the continuation.
///
/// Middleware inside may execute the handler several times in one pass. A token that was marked
/// before is provisional from now on. If this execution suspends too, the request waits for both.
/// If it does not, the response of the pass is the answer.
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

/// Takes the token of a pass that has suspended: the one of [`mark_suspended`], or else the token
/// in the response's extensions. (Middleware may have executed the handler several times, and have
/// chosen that response.)
///
/// A token of another request is ignored.
///
/// ```
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Outcome, Suspended, driver};
/// # use http::Response;
/// fn outcome(
///     continuation: &Continuation<String>,
///     response: Response<Bytes>,
/// ) -> Outcome<Response<Bytes>> {
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
