//! Several nodes: what to choose, how late a notify may be, deployments, alarms, and a million
//! clients on paper.
//!
//! A hub is one process. If your application runs in several, a change on one node must wake the
//! requests that are held on the others. A [`Relay`] does that: it notifies its own hub, and tells
//! the others the *key*. The truth stays in your database, which each handler reads in each pass.
//! No node has a place of its own for a client: a client may ask any node at any time, and its
//! [`Cursor`] has an entry for each node that it has met.
//!
//! # What to choose
//!
//! | you have | choose | because |
//! |---|---|---|
//! | PostgreSQL, and at most some hundred changes per second (two thousand on a fast disk) | [`dacapo-postgres`] | a trigger tells the key, whatever has changed the row, and only if the transaction commits |
//! | Redis or Valkey, or more changes | [`dacapo-redis`] | it does not slow down the database; Redis disconnects a slow reader, so a loss is noticed at once |
//! | NATS | [`dacapo-nats`] | the same; NATS can drop messages silently, so a loss is noticed by the next line or beat |
//! | another broker | [`dacapo-transport`] | two traits, about 50 lines |
//! | one node | none of them | |
//!
//! With a broker, the handler calls [`Relay::notify`] after the commit. If its process ends between
//! the two, the others notice that it has vanished, and wake all their requests. With PostgreSQL
//! alone, there is no such moment. You can use both, for different hubs.
//!
//! `bridges/chat` is a chat on three nodes behind haproxy, over Redis or NATS, and
//! `bridges/postgres/examples/calendar` is a calendar over PostgreSQL. Each starts with one
//! command.
//!
//! # The bound
//!
//! Usually, a handler on another node runs again within milliseconds. When something is lost, all
//! requests of a node are woken once: see [gaps](crate::relay#gaps). So a notify is seen, at the
//! latest, after
//!
//! > `max(silence, silence / 3 + patience + outage + patience + pause) + 2 × spread`
//!
//! | | what | default |
//! |---|---|---|
//! | `silence` | a node that says nothing for so long counts as gone; it says a *beat* three times in that time | 15 s |
//! | `patience` | how long the bridge waits for an answer of the broker | 5 s |
//! | `outage` | how long the broker cannot be reached | |
//! | `pause` | the longest pause between two tries to connect | 5 s |
//! | `spread` | the time over which a gap wakes the requests; a second gap in that time waits for the first | 2 s |
//!
//! It is never later than the hold of the request, because a request that expires looks again. With
//! the defaults, that is 24 seconds plus the outage: 5 s until a beat is due, 5 s until it counts
//! as lost, the outage, 5 s for a try that hangs, 5 s of pause at most, and 4 s of spread. For
//! `dacapo-postgres`, `heartbeat` takes the place of `silence / 3`. So a hold of 25 or 30 seconds
//! is about as long as the bound.
//!
//! A gap answers each poll with a cursor once, also that of the tab that made the last change. So
//! does a forgotten key, and the first visit of a node or of one that has restarted. An event
//! answers a client at most once per node.
//!
//! # Deployments
//!
//! A node leaves in this order, and no line is lost (`bridges/chat/src/main.rs`):
//!
//! 1. Its health check fails, and it waits until the proxy has noticed.
//! 2. [`Hub::shutdown_within`] answers the held requests with 503 and `Retry-After`. haproxy with
//!    `retry-on 503` sends them to another node, and the clients notice nothing. Choose the time so
//!    that the other nodes bear it.
//! 3. The server ends gracefully.
//! 4. [`Relay::leave`]: the others hear that it has left, so its silence is no gap. Then await the
//!    bridge, with a limit.
//!
//! A new node is ready when its bridge has been up once. After that, **do not let the health check
//! fail when the bridge is down**: else a restart of the broker takes all nodes out of service,
//! while they could still answer.
//!
//! During a deployment, two versions are connected. Keys cross as text, so each may add fields and
//! variants. A key that a version cannot parse is counted and dropped: no request there waits for
//! it. If you change how a key is written, let one version in between notify both.
//!
//! haproxy keeps an event of a [stream](crate::stream) back for up to 200 ms, unless it has the option
//! `http-no-delay`. Its `timeout server` must be longer than a hold. `bridges/chat/haproxy.cfg` is
//! what the tests use.
//!
//! `kill -9` loses nothing either: the proxy or the client sends the request again, and the others
//! notice the silence. A request that changes something may then arrive twice, so give it a name
//! that the database knows.
//!
//! # One of many
//!
//! A relay has no `notify_one`: it would wake one request on *each* node. All but one would find
//! nothing and wait again. So notify the key, and let the database give the work to one of them:
//! `SELECT .. FOR UPDATE SKIP LOCKED`, or `LPOP`. [`Hub::notify_one`] still works within a node.
//!
//! # What to watch
//!
//! [`Stats::relayed`], also as [metrics](super::operating#traces-and-metrics) and on the page of
//! `examples/dashboard`:
//!
//! | figure | usual | alarm |
//! |---|---|---|
//! | [`up`](crate::stats::Relayed::up) | 1 for each relay | 0 for more than a minute: notifies of other nodes are late by up to a hold |
//! | [`downs`](crate::stats::Relayed::downs) | rises with the restarts of the broker | it rises all the time: the patience is too short, or the way is bad |
//! | [`gaps.connected`](crate::stats::Gaps::connected) | as `downs` | |
//! | [`gaps.lost`](crate::stats::Gaps::lost) | 0; a node that starts, or was cut off, counts one for each other node that has said something before | it rises all the time: the broker drops lines, or this node reads too slowly |
//! | [`gaps.silent`](crate::stats::Gaps::silent) | 0 | each one is a node that has ended without leaving |
//! | [`overflows`](crate::stats::Relayed::overflows) | 0 | a node says more than the broker takes |
//! | [`unreadable`](crate::stats::Relayed::unreadable), [`unknown_keys`](crate::stats::Relayed::unknown_keys) | 0 | something else publishes there, or two versions differ |
//!
//! Also watch [`Stats::passes_per_answer`]: gaps raise it. A gap costs a pass of *every* held
//! request, so it is the load that your database must bear: see below.
//!
//! # A million clients, on paper
//!
//! These are estimates, from the figures of `benches/README.md` and of the bridges, which were
//! measured on two processors. No run with a million clients on several nodes was made. A million
//! clients poll over HTTP/1.1 with a hold of 30 s, and there are ten nodes on axum.
//!
//! | | in all | per node | from |
//! |---|---|---|---|
//! | held requests | 1,000,000 | 100,000 | [`max_suspended`](crate::HubBuilder::max_suspended) must be higher: 100,000 is its default, and a node can end |
//! | memory, without the kernel's sockets | 20 GB | 2.0 GB | 20.2 KiB for a held request with its connection |
//! | – over HTTP/2, 200 on each connection | 3 GB | 0.3 GB | 3.0 kB |
//! | polls that expire | 33,000 /s | 3,300 /s | the hold |
//! | – processors for them, with the next poll | 2.3 | 0.23 | about 70 µs of CPU, estimated from those of the row below |
//! | 1,000 events /s, each for 100 clients: answers | 100,000 /s | 10,000 /s | |
//! | – processors for them, with the next poll | 9 | 0.9 | 22 to 65 µs for an answer, and the next poll |
//! | – lines heard | 10,000 /s | 1,000 /s | each node hears each event |
//! | – processors for those | 0.16 | 0.016 | 16 µs for a line, with its publisher and the broker |
//! | beats | 20 /s | 2 /s | nodes² × 3 / silence |
//!
//! Nodes and broker are not what breaks. In this order, these are:
//!
//! 1. **The database, at a gap.** When the broker restarts, a million handlers read, within the
//!    spread. With 2 s that is 500,000 reads per second. Set the spread to `held requests of all
//!    nodes / reads per second` that the database bears: 20 s for 50,000 /s. The bound grows by
//!    twice as much. [`Share`] makes one read for all requests of a room, and is the better cure if many
//!    wait for the same.
//! 2. **Sockets.** Each client is a connection to the proxy and one from the proxy to a node.
//!    Between two addresses there are some 28,000 ports unless you widen `ip_local_port_range`, so
//!    a node with 100,000 needs several addresses or HTTP/2. Each needs a file descriptor on both
//!    sides.
//! 3. **Arrivals.** A node that ends sends 100,000 clients to the other nine: use
//!    `shutdown_within(30 s)`, and a pause with jitter in the client.
//! 4. **The broker**, at `events × nodes` deliveries. A Redis delivered 61,000 lines per second
//!    here, on processors that it shared with the publisher and the node. With 1,000 events per
//!    second that is 60 nodes. Beyond it, divide the keys among several channels and hubs.
//! 5. **PostgreSQL as the source**, at some hundred to two thousand commits with `NOTIFY` per
//!    second, whatever the number of nodes.
//!
//! [`dacapo-postgres`]: https://docs.rs/dacapo-postgres
//! [`dacapo-redis`]: https://docs.rs/dacapo-redis
//! [`dacapo-nats`]: https://docs.rs/dacapo-nats
//! [`dacapo-transport`]: https://docs.rs/dacapo-transport
//! [`Cursor`]: crate::Cursor
//! [`Hub::notify_one`]: crate::Hub::notify_one
//! [`Hub::shutdown_within`]: crate::Hub::shutdown_within
//! [`Relay`]: crate::Relay
//! [`Relay::leave`]: crate::Relay::leave
//! [`Relay::notify`]: crate::Relay::notify
//! [`Share`]: crate::Share
//! [`Stats::passes_per_answer`]: crate::Stats::passes_per_answer
//! [`Stats::relayed`]: crate::Stats::relayed
