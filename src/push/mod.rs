//! Answers and notifies from other processes, over HTTP.
//!
//! A worker that has done a job, another service or a cron job has news for requests that are held here. Mount a
//! [`Push`] in your server, and each of them needs no more than an HTTP client and a [`Token`]. Nothing of it is
//! reachable until it is mounted.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::get};
//! use dacapo::Hub;
//! use dacapo::push::{Push, Token, TokenError};
//!
//! # async fn news() {}
//! fn app(hub: &Hub<String>, secret: &str) -> Result<Router, TokenError> {
//!     let push = Push::new(hub, Token::new(secret)?);
//!     Ok(Router::new().route("/news", get(news)).nest_service("/push", push))
//! }
//! # assert!(app(&Hub::new(), "a secret of the test").is_err());
//! # assert!(app(&Hub::new(), "a-secret-of-the-test").is_ok());
//! ```
//!
//! With actix it is `App::new().service(dacapo::actix::push("/push", push))`. A server of your own calls
//! [`Push::answer`].
//!
//! # What to send
//!
//! Every push is a `POST` with a token. Its path counts from where the push is mounted.
//!
//! | path | what it does | as in Rust |
//! |---|---|---|
//! | `/requests/{id}` | answers the request with this [id](crate::Handle::id) | [`Hub::complete`] |
//! | `/keys/{key}/answer` | answers all requests that wait for the key | [`Hub::respond`] |
//! | `/keys/{key}/notify` | has them executed again. A body, if there is one, is their value | [`Hub::notify`], [`Hub::notify_value`] |
//!
//! ```sh
//! TOKEN='Authorization: Bearer 3f7c0a…'
//!
//! # answers one held request: the body is its answer
//! curl -H "$TOKEN" -H 'Content-Type: application/json' -d '{"approved":true}' \
//!      'http://127.0.0.1:3000/push/requests/00112233445566778899aabbccddeeff'
//!
//! # answers all that wait for a key, with another status than 200
//! curl -H "$TOKEN" -H 'Content-Type: text/plain' -d 'the auction is over' \
//!      'http://127.0.0.1:3000/push/keys/auction-7/answer?status=410'
//!
//! # notifies a key; then with a value; then in the name of an actor
//! curl -H "$TOKEN" -X POST 'http://127.0.0.1:3000/push/keys/lobby/notify'
//! curl -H "$TOKEN" -d 'Ann has come in' 'http://127.0.0.1:3000/push/keys/lobby/notify'
//! curl -H "$TOKEN" -X POST 'http://127.0.0.1:3000/push/keys/lobby/notify?by=tab-7'
//! ```
//!
//! **An answer** has the body of the push, its `Content-Type`, `Content-Encoding` and `Content-Language` if it has
//! them, the status 200 or the one of `?status=`, from 200 to 599, and `Cache-Control: no-store`. (curl calls a body
//! of `-d` a form, unless you give it another `Content-Type`.)
//!
//! **A value** is the body as it comes: the next pass finds it with `c.value::<Bytes>()`. Without a body the pass has
//! no value. As with [`Hub::notify_value`], treat it as a shortcut, and keep the truth where the handler looks for it.
//!
//! **An actor**, `?by=`, is that of [`Hub::notify_by`], as text: name it in the handler as a `str` or a `String`.
//!
//! **A key** is parsed with the [`FromStr`] of the hub's key type. In the path it is percent-encoded: `a/b` is
//! `a%2Fb`. It is decoded once, so `a%252Fb` is the key `a%2Fb`. The keys `.` and `..`, and the empty one, cannot be
//! named: clients and proxies take them for steps in the path.
//!
//! # What comes back
//!
//! | status | what it says |
//! |---|---|
//! | 200 | how many requests the push has reached, as JSON: `{"requests":3}`. For a key, 0 is no error: nothing waited |
//! | 400 | the key, the status or the query cannot be read, or the body has broken off |
//! | 401 | the token is missing, or is none of this server's. Nothing else of the request was looked at |
//! | 404 | there is no such path, or no request with this id: it may have ended |
//! | 405 | the path is right, and the method is not `POST` |
//! | 408, 413 | the body has not arrived in time, or is too large |
//! | 409 | the request with this id was resumed or answered a moment before. Nothing has changed |
//! | 503 | the hub was shut down while the body arrived |
//!
//! All but the 200 carry a sentence as plain text. No response may be cached.
//!
//! Of two pushes that answer the same request, exactly one gets the 200. The other one gets a 409, or a 404 when the
//! first answer has been sent already: an id is forgotten when its request ends.
//!
//! The numbers are those of the methods in the table above. A pass that runs at the moment of a notify looks again and
//! is not counted.
//!
//! # What guards it
//!
//! * The token is checked before the path, the method or the body is looked at. The comparison takes the same time
//!   whatever part of a token is right: [`Token`] tells why.
//! * A path is taken as it comes. Nothing in it is resolved, merged or decoded a second time, so a proxy in front cannot
//!   take one route for another: `//`, `/../`, a slash at the end or an encoded slash in place of a plain one are 404.
//!   (axum's `nest_service` makes one exception, before the push sees the path: `/push//keys/…` is `/push/keys/…`.)
//! * A body may have 2 MiB and take 30 seconds, unless [told](Push::max_body_size) [otherwise](Push::body_timeout). It is
//!   read when the token, the path and the key are right.
//! * A layer around the mount comes before all that. A `ResumeLayer` or an actix `Resume` reads the body before the token
//!   is checked, so mount the push outside of it.
//! * [`Stats::pushes`](crate::Stats::pushes) counts what was carried out and what was refused.
//!
//! A token gives the right to answer and to notify *every* request of the hub. Send it over TLS, or within a machine, and
//! keep the mount away from the public side of a proxy if you can.

mod order;
mod percent;
mod refusal;
mod route;
mod token;

use std::fmt;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http::request::Parts;

use crate::driver::{BodyError, RequestLimits};
use crate::hub::Hub;

use order::{Order, Outcome};
use refusal::Refusal;
use route::Route;

pub use token::{Token, TokenError};

/// A door for other processes: what they send is answered, notified or refused.
///
/// The [module](self) has the protocol. It is a tower service with feature `axum`, and `actix::push` makes a scope of it.
///
/// ```
/// use std::time::Duration;
/// use dacapo::Hub;
/// use dacapo::push::{Push, Token};
///
/// # fn main() -> Result<(), dacapo::push::TokenError> {
/// let hub = Hub::<u64>::new();
/// let push = Push::new(&hub, Token::new("3f7c0a52d9be41868a1bb41f7f2d5c11")?)
///     .max_body_size(64 << 10)
///     .body_timeout(Duration::from_secs(5));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing can be pushed until it is mounted"]
pub struct Push<K> {
    hub: Hub<K>,
    token: Token,
    limits: RequestLimits,
}

impl<K> Push<K> {
    /// Makes it for the requests of a hub, and for clients that have the token.
    pub fn new(hub: &Hub<K>, token: Token) -> Self {
        Self {
            hub: hub.clone(),
            token,
            limits: RequestLimits::default(),
        }
    }

    /// Sets how many bytes a body may have: 2 MiB by default. A larger one is refused with a 413.
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.limits.max_body_size = bytes;
        self
    }

    /// Sets how long a body may take to arrive: 30 seconds by default. A slower one is refused with a 408.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.limits.body_timeout = timeout;
        self
    }

    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) fn body_limits(&self) -> (Hub<K>, RequestLimits) {
        (self.hub.clone(), self.limits)
    }
}

impl<K> Push<K>
where
    K: FromStr<Err: Display> + Hash,
{
    /// Answers a push, in a server without an adapter.
    ///
    /// The path of `head` counts from where the push is mounted, and begins with a slash; the rest of `head` is as it
    /// has come. `body` is polled only if the token, the path and the key are right. Bound its time with
    /// [`read_body`](crate::driver::read_body). Its size is checked here, too.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped before it is ready has changed nothing.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use dacapo::Hub;
    /// use dacapo::push::{Push, Token};
    /// use http::Request;
    ///
    /// # fn main() -> Result<(), dacapo::push::TokenError> {
    /// let hub = Hub::<u64>::new();
    /// let push = Push::new(&hub, Token::new("3f7c0a52d9be41868a1bb41f7f2d5c11")?);
    ///
    /// let request = Request::post("/keys/7/notify")
    ///     .header("authorization", "Bearer 3f7c0a52d9be41868a1bb41f7f2d5c11");
    /// let (head, ()) = request.body(()).unwrap().into_parts();
    /// let answer = push.answer(&head, async { Ok(Bytes::from("a value")) });
    /// let answer = futures::executor::block_on(answer);
    /// assert_eq!(answer.body(), r#"{"requests":0}"#, "nothing waits for key 7");
    /// # Ok(())
    /// # }
    /// ```
    pub fn answer<F>(
        &self,
        head: &Parts,
        body: F,
    ) -> impl Future<Output = Response<Bytes>> + use<K, F>
    where
        F: Future<Output = Result<Bytes, BodyError>>,
    {
        let (order, hub) = (self.order(head), self.hub.clone());
        let max_body_size = self.limits.max_body_size;
        async move {
            let outcome = match order {
                Ok(order) => carried_out(order, &hub, body.await, max_body_size),
                Err(refusal) => Err(refusal),
            };
            answered(&hub, outcome)
        }
    }

    /// What is asked for, if it may be. The token comes first.
    fn order(&self, head: &Parts) -> Result<Order<K>, Refusal> {
        if !self.token.is_in(&head.headers) {
            return Err(Refusal::NoToken);
        }
        let route = Route::of(head.uri.path()).ok_or(Refusal::NoSuchPath)?;
        if head.method != http::Method::POST {
            return Err(Refusal::WrongMethod);
        }
        Order::read(&self.hub, route, head)
    }
}

fn carried_out<K: Hash>(
    order: Order<K>,
    hub: &Hub<K>,
    body: Result<Bytes, BodyError>,
    max_body_size: usize,
) -> Result<Outcome, Refusal> {
    let body = body?;
    match body.len() > max_body_size {
        true => Err(BodyError::TooLarge.into()),
        false => order.carry_out(hub, body),
    }
}

/// Counts how it has ended, and says so.
fn answered<K>(hub: &Hub<K>, outcome: Result<Outcome, Refusal>) -> Response<Bytes> {
    match outcome {
        Ok(outcome) => {
            hub.tell(outcome.event());
            outcome.response()
        }
        Err(refusal) => {
            hub.tell(refusal.event());
            refusal.response()
        }
    }
}

impl<K> Clone for Push<K> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            token: self.token.clone(),
            limits: self.limits,
        }
    }
}

impl<K> fmt::Debug for Push<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("hub", &self.hub)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
