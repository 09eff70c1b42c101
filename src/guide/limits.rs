//! What a client can send and hold, and which response it gets above a limit.
//!
//! Every limit that a server needs is on by default. A refusal is counted in
//! [`Hub::stats`](crate::Hub::stats), and its reason is in the extensions of the response, where
//! middleware outside can read it.
//!
//! # Of a hub
//!
//! Set them with [`HubBuilder`]. The response comes from [`Error::response`]: a sentence as plain
//! text.
//!
//! | limit | default | response |
//! |---|---|---|
//! | [`max_suspended`]: suspended requests | 100,000 | 503 |
//! | [`max_per_key`]: requests that wait for one key | none | 503 |
//! | [`max_per_client`]: suspended requests of one client | none | 429, or 409 for the oldest |
//! | [`max_keys`]: keys of one request | 64 | 400 |
//! | [`max_passes`]: passes of one request | 1,000 | 503 |
//! | [`max_hold`]: time from arrival to answer | 2 minutes | an expired pass, then 503 |
//!
//! A 503 and a 429 have a `Retry-After` of 1 to 10 seconds.
//!
//! # Of a layer
//!
//! Set them with `ResumeLayer` or `Resume`. A handler with `hub.run` has the limits of its
//! framework instead.
//!
//! | limit | default | response |
//! |---|---|---|
//! | `max_body_size` | 2 MiB | 413 |
//! | `body_timeout`: time in which the body must arrive | 30 seconds | 408 |
//! | `max_hold` | the hub's | expired pass, then 503 |
//!
//! # Not limited here
//!
//! The connection: heads that are too large or too slow, TLS, HTTP/2 settings and floods. These
//! limits belong to the server, hyper or actix.
//!
//! [`max_suspended`]: HubBuilder::max_suspended
//! [`max_per_key`]: HubBuilder::max_per_key
//! [`max_per_client`]: HubBuilder::max_per_client
//! [`max_keys`]: HubBuilder::max_keys
//! [`max_passes`]: HubBuilder::max_passes
//! [`max_hold`]: HubBuilder::max_hold

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Error, HubBuilder};
