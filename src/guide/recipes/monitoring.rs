//! Counts as JSON, and logs in which a request does not repeat itself.
//!
//! # Counts as JSON
//!
//! *When a page shows the state of a hub.* With feature `serde`, [`Stats`] can be serialized:
//!
#![cfg_attr(feature = "serde", doc = "```")]
#![cfg_attr(not(feature = "serde"), doc = "```ignore")]
//! let hub = dacapo::Hub::<String>::new();
//! let stats = serde_json::to_value(hub.stats()).unwrap();
//! assert_eq!(stats["suspended"], 0);
//! assert_eq!(stats["waits"]["expired"], 0);
//! assert_eq!(stats["timer_lag"]["secs"], 0);
//! ```
//!
//! The names are those of the fields, and a duration is an object with `secs` and `nanos`.
//! [`Hub::stats`] looks at every waiter: call it every few seconds, and not for each request.
//!
//! # Logs without later passes
//!
//! *When a handler logs the same lines in each pass.* With feature `tracing`, the crate's own
//! events of each pass have level `TRACE`, so `RUST_LOG=info,dacapo=debug` shows only the end of
//! each request. To hide what your handler logs in a later pass, use a filter that knows the pass:
//!
#![cfg_attr(feature = "tracing", doc = "```")]
#![cfg_attr(not(feature = "tracing"), doc = "```ignore")]
//! use std::fmt::Debug;
//! use tracing::field::{Field, Visit};
//! use tracing::{Event, Level, Metadata, Subscriber};
//! use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
//! use tracing_subscriber::registry::LookupSpan;
//! use tracing_subscriber::{Layer, Registry, fmt};
//!
//! /// Hides what a request logs in later passes.
//! struct FirstPasses;
//!
//! /// The current pass of a request, stored in its span.
//! struct Pass(u64);
//!
//! impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for FirstPasses {
//!     fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
//!         metadata.target() == "dacapo" || *metadata.level() <= Level::INFO
//!     }
//!
//!     fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
//!         let mut scope = context.event_scope(event).into_iter().flatten();
//!         let request = scope.find(|span| span.name() == "continuation");
//!         if event.metadata().target() == "dacapo" {
//!             let mut pass = Pass(0);
//!             event.record(&mut pass);
//!             if let Some(request) = request.filter(|_| pass.0 > 0) {
//!                 request.extensions_mut().replace(pass);
//!             }
//!             return *event.metadata().level() <= Level::DEBUG;
//!         }
//!         request.is_none_or(|request| {
//!             let extensions = request.extensions();
//!             extensions.get::<Pass>().is_none_or(|pass| pass.0 == 1)
//!         })
//!     }
//! }
//!
//! impl Visit for Pass {
//!     fn record_u64(&mut self, field: &Field, value: u64) {
//!         if field.name() == "pass" {
//!             self.0 = value;
//!         }
//!     }
//!
//!     fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
//! }
//!
//! let log = Registry::default().with(fmt::layer().with_filter(FirstPasses));
//! ```
//!
//! * The filter must receive the crate's `TRACE` events to know the pass. If a global
//!   `max_level_info` or another filter drops them, every pass looks like the first.
//! * The filter also hides errors of later passes. Let them through by their level if you log
//!   errors in the handler.
//! * Code before and after `hub.run` runs once, and logs once.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Hub, Stats};
