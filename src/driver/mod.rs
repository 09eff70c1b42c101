//! What an adapter for a framework is made of.
//!
//! The adapters of this crate use nothing else of it, and one for another framework needs nothing
//! else. An adapter does five things for a request:
//!
//! 1. It reads the body, with a limit for its size and one for its time ([`ReadBody`]): a body
//!    comes from the client once, and a handler may be executed many times.
//! 2. It implements [`Pass`]: how to begin one pass, with a [`Continuation`] that the handler can
//!    extract, and how to poll it.
//! 3. It turns a [`Suspended`] into a response, since that is what handlers return in the end, and
//!    [`deposit`]s the token on the way. When the service has returned a response, [`collect`]
//!    tells whether it stands for a suspension. The response itself cannot: middleware may have
//!    made another one of it.
//! 4. It polls an [`Execution`] of its pass, in which the loop of passes and waits is.
//! 5. It answers with [`Error::response`] what could not be held.
//!
//! ```
//! use std::task::{Context, Poll};
//! use bytes::Bytes;
//! use dacapo::driver::{self, Execution, Pass};
//! use dacapo::{Continuation, Hub, Outcome, Suspended};
//! use futures::future::{BoxFuture, FutureExt};
//! use http::{Request, Response};
//!
//! /// A framework's handler: it knows requests, and responses of which some were errors once.
//! type Service = fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>>;
//!
//! struct Adapter {
//!     service: Service,
//!     request: Request<Bytes>,
//!     running: Option<(Continuation<String>, BoxFuture<'static, Response<Bytes>>)>,
//! }
//!
//! impl Pass<String> for Adapter {
//!     type Answer = Response<Bytes>;
//!
//!     fn begin(&mut self, continuation: Continuation<String>) {
//!         let mut request = self.request.clone();
//!         request.extensions_mut().insert(continuation.clone());
//!         self.running = Some((continuation, (self.service)(request)));
//!     }
//!
//!     fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Response<Bytes>>> {
//!         let Some((continuation, pass)) = &mut self.running else { return Poll::Pending };
//!         let response = std::task::ready!(pass.poll_unpin(cx));
//!         let suspended = driver::collect(continuation);
//!         self.running = None;
//!         Poll::Ready(suspended.map_or(Ok(response), Err))
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
//!         driver::deposit(&c.suspend("news", std::time::Duration::from_secs(30)));
//!         Response::new("any response".into())
//!     }
//!     .boxed()
//! }
//!
//! let (hub, clock) = Hub::<String>::manual();
//! let adapter = Adapter { service: news, request: Request::new(Bytes::new()), running: None };
//! let mut request = Execution::new(&hub, adapter);
//! assert!((&mut request).now_or_never().is_none());
//! clock.advance(std::time::Duration::from_secs(30));
//! assert_eq!(request.now_or_never().unwrap().unwrap().body(), "nothing new");
//! ```

mod body;
mod execution;

use std::task::{Context, Poll};

use crate::continuation::Continuation;
use crate::hub::Hub;
use crate::suspended::{Outcome, Suspended};

#[expect(unused_imports, reason = "for the documentation")]
use crate::error::Error;

pub use body::{BodyError, ReadBody, RequestLimits};
pub use execution::Execution;
pub(crate) use execution::HandlerFn;

/// One pass after another over the same request: what an [`Execution`] executes.
pub trait Pass<K> {
    /// What a pass that does not suspend ends with.
    type Answer;

    /// Begins a pass, from the beginning, in which the handler can find this continuation.
    ///
    /// It is not called again before [`poll`](Self::poll) has been ready.
    fn begin(&mut self, continuation: Continuation<K>);

    /// Polls the pass that has begun.
    ///
    /// When it is ready, nothing of the pass may be left: while a request is suspended, its
    /// handler's future is gone.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<Self::Answer>>;
}

/// Notes that this token is on its way to the adapter, in the shape of a response.
///
/// To be called where the token is made a response, so that [`collect`] finds it whatever becomes
/// of the response. A token whose request is not in a pass is not noted.
pub fn deposit(token: &Suspended) {
    token.record().deposit(token.terms().clone());
}

/// Takes the token that the pass of this continuation has [`deposit`]ed, if it has suspended.
#[must_use = "the request is suspended by returning the token from `Pass::poll`"]
pub fn collect<K>(continuation: &Continuation<K>) -> Option<Suspended> {
    let record = continuation.record();
    record
        .collect()
        .map(|terms| Suspended::new(record.clone(), terms))
}

/// Whether a continuation belongs to a request of this hub.
///
/// An adapter that finds one in a request stands inside another of the same hub, and has nothing to
/// do.
pub fn is_of<K>(continuation: &Continuation<K>, hub: &Hub<K>) -> bool {
    std::sync::Arc::ptr_eq(&continuation.record().hub, hub.shared())
}
