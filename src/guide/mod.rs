//! The guide: how to use a hub in an application, beyond the reference of each item.
//!
//! | page | answers |
//! |---|---|
//! | [`by_hand`] | Why not a map of `Notify` and a timeout? |
//! | [`handler_or_layer`] | `hub.run` in a handler, or a layer around it? What does it cost? |
//! | [`models`] | A poll, a queue, a push or a stream: which for which endpoint? |
//! | [`testing`] | How do I test a handler without waiting? |
//! | [`operating`] | How do I shut down, spread many requests that end at once, and see what happens? |
//! | [`between_two_polls`] | How does a client miss no change between two polls? |
//! | [`clients`] | What runs in the browser, and how does it come back after a failure? |
//! | [`several_nodes`] | Which bridge do I choose, how late is a notify, how do I deploy? |
//! | [`limits`] | What can a client send and hold, and which response does it get? |
//! | [`protocols`] | Which model is Consul's, Telegram's, GRIP's protocol made of? |
//! | [`recipes`] | How do I combine it with sessions, timeouts, proxies, `anyhow`? |
//! | [`promises`] | What exactly does each promise mean? |
//! | [`why_no_notify_is_lost`] | Why is there no race between the check and the wait? |
//! | [`faults`] | What happens if a handler panics, a thread is late, a hub is dropped? |
//! | [`without_a_framework`] | How do I use a hub without axum and actix? |
//! | [`security`] | What can a client do, and what does it cost? |
//! | [`measurements`] | How fast is it, and how is that measured? |
//! | [`migrating`] | Where are the calls of Jetty and Spring's `DeferredResult`? |

pub mod between_two_polls;
pub mod by_hand;
pub mod clients;
pub mod faults;
pub mod handler_or_layer;
pub mod limits;
pub mod measurements;
pub mod migrating;
pub mod models;
pub mod operating;
pub mod promises;
pub mod protocols;
pub mod recipes;
pub mod security;
pub mod several_nodes;
pub mod testing;
pub mod why_no_notify_is_lost;
pub mod without_a_framework;
