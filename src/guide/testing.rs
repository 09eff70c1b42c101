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
