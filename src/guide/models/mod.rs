//! Which model for which endpoint: what answers a held request.
//!
//! | model | what answers | use it when | page |
//! |---|---|---|---|
//! | [`Hub::run`] | its closure, executed again | each client gets a different answer, or permissions can change | [`handler_or_layer`](super::handler_or_layer) |
//! | with a [`Cursor`] | its closure, at once if a key has changed since the last poll | a client polls again and again, and must miss no change | [`between_two_polls`](super::between_two_polls) |
//! | [`Share`] | one closure for all clients of a scope | many clients get the same, and it takes time to compute | [`Share`] |
//! | [`Hub::respond`] | the response that you give | all clients get the same, and you have it | [`Hub::respond`] |
//! | queue: [`Mailbox`] | the items that the client has not read | no item may be missed, and no database has them | [`queue`] |
//! | push: [`Push`] | another process, over HTTP | the answer is not made here | [`push`] |
//! | streams: [`Hub::stream`] | its closure, again after each item | a client keeps one connection | [`streams`] |
//! | `examples/own_server` | a closure, without a framework | a process holds very many requests and does little else | [`without_a_framework`](super::without_a_framework) |
//!
//! They combine: they are all waits in one hub. A queue is read by polls and by streams, a push
//! notifies the key of either, and a change of a row is a notify.

pub mod push;
pub mod queue;
pub mod streams;

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Cursor, Hub, mailbox::Mailbox, push::Push, share::Share};
