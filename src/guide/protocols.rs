//! Protocols that others have made, and the model of which each is made.
//!
//! A client that exists already speaks a protocol that exists already. Each of these is an example,
//! and is tested against the protocol's public description:
//!
//! | protocol | model | what the client sends back | example |
//! |---|---|---|---|
//! | [Consul's blocking query][consul] | [`hub.run`](crate::Hub::run) with a [cursor](crate::Cursor) | `?index=`: a [number](Continuation::number) | `examples/protocols/consul.rs` |
//! | [Telegram's `getUpdates`][telegram] | a [`Mailbox`] with one consumer | `?offset=`: the [number](Position::number) of an item, which [confirms](Mailbox::forget_before) those before it | `telegram.rs` |
//! | [nchan's long poll and publisher][nchan] | a [`Mailbox`] | `If-None-Match`: the number of an item, as an [`ETag`](crate::manners::version) | `nchan.rs` |
//! | [GRIP's hold, `response`][grip] | middleware in a layer, and [`respond`](crate::Hub::respond) | nothing | `grip/` |
//! | [GRIP's hold, `stream`][grip] | a [`Mailbox`] and a [stream](crate::Hub::stream) | nothing | `grip/` |
//! | [MCP's multi-round-trip requests][mcp] | a layer, with [`once`](Continuation::once) in each round | `requestState`: what the first round knew, sealed | `mcp.rs` |
//! | [Durable Streams][durable] | a [`Mailbox`], a layer for long polls, and a [stream](crate::Hub::stream) for events | `?offset=`: the number of an item | `examples/durable_streams` |
//!
//! Each file of `examples/protocols` has at most 80 lines of code, without its imports. Durable Streams
//! has 600. The handlers do not know the framework:
//! [`dacapo::axum::handler`](../../axum/fn.handler.html) and
//! [`dacapo::actix::handler`](../../actix/fn.handler.html) mount them. Only the middleware for GRIP
//! has a file for each framework.
//!
//! The server for Durable Streams keeps everything in memory. It passes all tests that the
//! protocol's authors publish (the package `@durable-streams/server-conformance-tests` of npm),
//! except those of forks and of subscriptions, which it does not have. `.ci/protocols` runs them.
//!
//! # Numbers
//!
//! Many protocols have a number as the position, and allow no other text. The numbers of a hub and
//! of a mailbox begin with the microseconds since 1970, so they do not go back when the process
//! restarts. They are exact in JavaScript until the year 2255. They mean nothing to another node:
//! send each client to the same node, or use a [`Cursor`](crate::Cursor), whose text has a position
//! for each node.
//!
//! # When the same request comes twice
//!
//! * One consumer (Telegram): keep the [`Handle`](crate::Handle) of the latest request, and
//!   [complete](crate::Handle::complete) the earlier one with the protocol's own answer. If a plain
//!   409 will do, [`max_per_client`](crate::HubBuilder::max_per_client) does that for you.
//! * Each round a request of its own (MCP): attributes and [`once`](Continuation::once) last as long
//!   as one request. What the next round needs goes to the client, sealed, and comes back. Bind it
//!   to the client, to what was asked, and to a time.
//!
//! [consul]: https://developer.hashicorp.com/consul/api-docs/features/blocking
//! [durable]: https://github.com/durable-streams/durable-streams/blob/main/PROTOCOL.md
//! [grip]: https://pushpin.org/docs/protocols/grip/
//! [mcp]: https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
//! [nchan]: https://github.com/slact/nchan/blob/master/protocol.txt
//! [telegram]: https://core.telegram.org/bots/api#getting-updates

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, Mailbox, mailbox::Position};
