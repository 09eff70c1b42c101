//! Answers and notifies from other processes, over HTTP.
//!
//! A worker that has finished a job, another service, or a cron job can answer the requests that
//! are held here, and notify their keys. It needs an HTTP client and a [`Token`]. Nothing is
//! reachable until you mount a [`Push`]:
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
//! With actix it is `App::new().service(dacapo::actix::push("/push", push))`. Without a framework,
//! call [`Push::answer`].
//!
//! # Requests
//!
//! Every push is a `POST` with a token. The path begins behind the mount.
//!
//! | path | effect | in Rust |
//! |---|---|---|
//! | `/requests/{id}` | answers the request with this [id](crate::Handle::id) | [`Hub::complete`] |
//! | `/keys/{key}/answer` | answers all requests that wait for the key | [`Hub::respond`] |
//! | `/keys/{key}/notify` | notifies the key; a body is the value | [`Hub::notify_value`] |
//!
//! ```sh
//! TOKEN='Authorization: Bearer 3f7c0a52d9be41868a1bb41f7f2d5c11'
//! PUSH='http://127.0.0.1:3000/push'
//!
//! # answer one request
//! curl -H "$TOKEN" -H 'Content-Type: application/json' -d '{"approved":true}' \
//!      "$PUSH/requests/00112233445566778899aabbccddeeff"
//!
//! # answer all requests that wait for a key, with a status
//! curl -H "$TOKEN" -H 'Content-Type: text/plain' -d 'the auction is over' \
//!      "$PUSH/keys/auction-7/answer?status=410"
//!
//! # notify a key: without a value, with one, and by an actor
//! curl -H "$TOKEN" -X POST "$PUSH/keys/lobby/notify"
//! curl -H "$TOKEN" -d 'Ann has come in' "$PUSH/keys/lobby/notify"
//! curl -H "$TOKEN" -X POST "$PUSH/keys/lobby/notify?by=tab-7"
//! ```
//!
//! **Answers.** The held request gets the body of the push, with its `Content-Type`,
//! `Content-Encoding` and `Content-Language`, and with `Cache-Control: no-store`. The status is
//! 200, or the one of `?status=`, from 200 to 599. (With `-d`, curl sends the `Content-Type` of a
//! form unless you give another one.)
//!
//! **Values.** The next pass finds the body with `c.value::<Bytes>()`. An empty body is no value.
//! As with [`Hub::notify_value`], keep the truth where the handler reads it.
//!
//! **Actors.** `?by=` names the actor of [`Hub::notify_by`] as text. In the handler, name the same
//! actor as a `str` or a `String`.
//!
//! **Keys.** A key is percent-encoded in the path: `a/b` is `a%2Fb`. It is decoded once, so
//! `a%252Fb` is the key `a%2Fb`. Then it is parsed with [`FromStr`]. The empty key and the keys `.`
//! and `..` are not possible here, because clients and proxies read them as steps in a path.
//!
//! # Responses
//!
//! | status | meaning |
//! |---|---|
//! | 200 | carried out. The body has the number of requests it reached: `{"requests":3}` |
//! | 400 | the key, the status or the query is malformed, or the body broke off |
//! | 401 | the token is missing or wrong |
//! | 404 | the path does not exist, or no request with this id is held |
//! | 405 | the method is not `POST` |
//! | 408, 413 | the body was too slow or too large |
//! | 409 | the request with this id no longer waits: it was resumed, answered or dropped just before. Nothing has changed |
//! | 503 | the hub was shut down while the body arrived |
//!
//! Every refusal has a sentence as plain text. All responses have `Cache-Control: no-store`.
//!
//! For a key, `{"requests":0}` is not an error: no request waited. A pass that runs at the moment
//! of a notify looks again and is not counted, as with [`Hub::notify`].
//!
//! If two pushes answer one request, exactly one gets the 200. The other gets a 409, or a 404 if
//! the request has ended, because the hub forgets an id when its request ends.
//!
//! # Security
//!
//! A client with the token can answer and notify every request of the hub. Use TLS, and do not make
//! the mount public if you can avoid it.
//!
//! * The token is checked before the path, the method and the body. The time of the check tells
//!   nothing of the token: see [`Token`].
//! * The path is read as the client sent it. Nothing in it is resolved, merged or decoded twice, so
//!   a proxy and this crate cannot read different routes in it. `//`, `/../`, a slash at the end,
//!   and `%2F` for a slash are a 404. (There is one exception, in axum: `nest_service` removes a
//!   second slash behind the mount, so `/push//keys/lobby/notify` is `/push/keys/lobby/notify`.)
//! * A body has at most [2 MiB](Push::max_body_size) and [30 seconds](Push::body_timeout). It is
//!   read only if the token, the path and the key are right.
//! * Keep the mount outside a `ResumeLayer` or an actix `Resume`: they read the body first.
//! * [`Stats::pushes`](crate::Stats::pushes) counts what was carried out and what was refused.

mod order;
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

/// Answers requests and notifies keys of a hub, as other processes ask over HTTP.
///
/// The [module](self) describes the protocol. With feature `axum`, this is a tower service; with
/// feature `actix`, `actix::push` mounts it.
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
#[must_use = "a push does nothing until it is mounted"]
pub struct Push<K> {
    hub: Hub<K>,
    token: Token,
    limits: RequestLimits,
}

impl<K> Push<K> {
    /// Makes a push for the requests of a hub and for clients with the token.
    pub fn new(hub: &Hub<K>, token: Token) -> Self {
        Self {
            hub: hub.clone(),
            token,
            limits: RequestLimits::default(),
        }
    }

    /// Sets how many bytes a body may have: 2 MiB by default. A larger body gets a 413.
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.limits.max_body_size = bytes;
        self
    }

    /// Sets the time in which a body must arrive: 30 seconds by default. A slower body gets a 408.
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
    /// Carries out a push and returns its response, for a server without an adapter.
    ///
    /// Cut the mount off the path of `head`; the rest begins with a slash. Do not decode it. `body`
    /// is polled only if the token, the path and the key are right. Limit its time with
    /// [`read_body`](crate::driver::read_body). Its size is also checked here.
    ///
    /// # Panics
    ///
    /// If the waker of a request panics, with its panic. All other requests have been woken by
    /// then.
    ///
    /// # Cancel safety
    ///
    /// If you drop the future before it is ready, nothing has changed.
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
    /// assert_eq!(answer.body(), r#"{"requests":0}"#, "no request waits for key 7");
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

    /// Reads what the push asks for. The token comes first.
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

/// Counts how the push ended, and says so to its client.
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
