//! Testing a handler without a runtime, a thread or a delay.
//!
//! [`Hub::with_mock_clock`] returns a hub and a [`MockClock`]. Moving the clock expires the waits
//! that are due, at once and on the test's own thread:
//!
//! ```
//! use std::{pin::pin, time::Duration};
//! use dacapo::{Answer, Error, Hub};
//! use futures::FutureExt;
//!
//! const HOLD: Duration = Duration::from_secs(30);
//!
//! /// The handler under test.
//! async fn news(hub: &Hub<String>) -> Result<Answer<&'static str>, Error> {
//!     hub.run(async |c| {
//!         if c.is_expired() { Ok("nothing new") } else { Err(c.suspend("lobby", HOLD)) }
//!     })
//!     .await
//! }
//!
//! let (hub, clock) = Hub::with_mock_clock();
//! let mut request = pin!(news(&hub));
//! assert!(request.as_mut().now_or_never().is_none(), "it is held");
//! assert_eq!(hub.suspended_count(), 1);
//!
//! assert_eq!(clock.advance(HOLD), 1, "one wait has expired");
//! assert_eq!(request.now_or_never().unwrap().unwrap(), "nothing new");
//! ```
//!
//! `now_or_never` polls a future once. It is in the crate
//! `futures`, a dev-dependency of your crate.
//!
//! For a hub with your own limits, call
//! [`HubBuilder::build_with_mock_clock`](crate::HubBuilder::build_with_mock_clock).
//!
//! To test a whole application, call `tower::ServiceExt::oneshot` (axum) or
//! `actix_web::test::init_service` instead of the handler.
//!
//! # Cursors
//!
//! A cursor needs no clock. Poll once for a cursor, notify, and poll again: the second poll is
//! answered at once.
//!
//! ```
//! # use std::time::Duration;
//! # use dacapo::{Answer, Cursor, Error, Hub};
//! # use futures::FutureExt;
//! /// The handler under test.
//! async fn news(hub: &Hub<String>, seen: &Cursor) -> Result<Answer<Cursor>, Error> {
//!     hub.run(async |c| match c.changed("lobby", seen) || c.is_expired() {
//!         true => Ok(c.advance(seen)),
//!         false => Err(c.suspend("lobby", Duration::from_secs(30))),
//!     })
//!     .await
//! }
//!
//! let (hub, _clock) = Hub::with_mock_clock();
//! let first = news(&hub, &Cursor::default()).now_or_never().unwrap().unwrap();
//! let seen = first.into_inner().unwrap();
//! assert!(news(&hub, &seen).now_or_never().is_none(), "nothing has changed, so it is held");
//! hub.notify("lobby");
//! assert!(news(&hub, &seen).now_or_never().is_some(), "it is answered at once");
//! ```
//!
//! # Streams
//!
//! A stream under a mock clock yields its heartbeats when the clock moves:
//!
//! ```
//! # use std::{pin::pin, time::Duration};
//! # use dacapo::stream::Event;
//! # use dacapo::{Continuation, Hub, Outcome};
//! # use futures::{FutureExt, StreamExt};
//! # const HOLD: Duration = Duration::from_secs(15);
//! let (hub, clock) = Hub::<String>::with_mock_clock();
//! let closure = async move |c: Continuation<String>, seen: u64| -> Outcome<(&str, u64)> {
//!     if c.is_resumed() { Ok(("news", seen + 1)) } else { Err(c.suspend("lobby", HOLD)) }
//! };
//! let mut stream = pin!(hub.stream(0, closure));
//! assert!(stream.next().now_or_never().is_none(), "it waits");
//!
//! clock.advance(HOLD);
//! let next = stream.next().now_or_never().unwrap();
//! assert!(matches!(next, Some(Ok(Event::Heartbeat))));
//! assert!(stream.next().now_or_never().is_none(), "it waits again");
//!
//! hub.notify("lobby");
//! let next = stream.next().now_or_never().unwrap();
//! assert!(matches!(next, Some(Ok(Event::Item { value: "news", position: 1 }))));
//! ```
//!
//! # Two passes without a wait
//!
//! If a handler is notified while it is running, it is executed again at once. Between the two
//! passes the future returns `Pending` once, so that other tasks can run. A test that polls by hand
//! must poll twice there.
//!
//! # With tokio's paused time
//!
//! With feature `tokio`, [`HubBuilder::build_on_tokio`](crate::HubBuilder) creates a hub on tokio's
//! time. Under `#[tokio::test(start_paused = true)]` its holds expire without a delay. Tokio's
//! paused time does not move any other hub.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Hub, MockClock};
