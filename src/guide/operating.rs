//! Running a hub in production: shutdown, herds, statistics, metrics.
//!
//! # Shutdown
//!
//! Call [`Hub::shutdown`] *before* the server's own graceful shutdown, which otherwise waits for
//! the held requests. [`Hub::shutdown_within`] answers them one after the other. In both cases,
//! each client gets a 503 with a `Retry-After`.
//! [`dacapo::axum`](../../axum/index.html#graceful-shutdown) and
//! [`dacapo::actix`](../../actix/index.html#graceful-shutdown) have the code.
//!
//! # Thundering herds
//!
//! Requests that arrive together expire together and return together.
//!
//! * Set [`HubBuilder::jitter`]`(0.1)` to spread the ends of timeouts. It is off by default so that
//!   timeouts are exact.
//! * Set [`HubBuilder::max_wakes_per_tick`] to spread the passes after a notify with many waiters.
//!   A hub from [`build_on_tokio`](HubBuilder) wakes them as fast as they run, without a limit.
//! * Call [`Hub::notify_every_key`] with some seconds when you may have missed notifies, for
//!   example after reconnecting to a message broker.
//!
//! # What an allocator does for you
//!
//! Little. The [measurements](super::measurements#over-http) have a row for mimalloc on both sides,
//! ours and by hand: a held request with its connection takes 19.2 KiB instead of 20.2, and the CPU
//! for an answer is the same within the noise. Most of a held request is the server's buffers for
//! its connection, and most of the CPU is the kernel's and hyper's. So choose the allocator for the
//! rest of your application.
//!
//! # A notify that wakes no request
//!
//! [`Hub::notify`] returns how many waits it ended. If it is always 0, the hub or the key is not
//! the same on both sides. Build the hub with [`HubBuilder::debug_keys`]`(true)` and print
//! [`Hub::waiting_keys`]: perhaps one side uses `"7"` and the other `"07"`. On actix, create the
//! hub outside of `HttpServer::new`, or each worker has its own.
//!
//! # Statistics
//!
//! [`Hub::stats`] returns counts and gauges as [`Stats`]. Compare [`Stats::passes_per_answer`] with
//! the number of waits per request: if it is much higher, keys are notified without news.
//!
//! # Traces and metrics
//!
//! With feature `tracing`, each request has a span at level `DEBUG`, in which its handler is
//! executed, and these events:
//!
//! | level | events |
//! |---|---|
//! | `TRACE` | passes, suspensions, waits |
//! | `DEBUG` | the end of a request, clients that have disconnected, gaps of a [`Relay`] |
//! | `INFO` | shutdown, a relay that is up |
//! | `WARN` | bugs of the server, a relay that is down or whose outbox is full |
//!
//! With feature `metrics`, these metrics are recorded:
//!
//! | metric | kind | label and values |
//! |---|---|---|
//! | `dacapo_suspended` | gauge | |
//! | `dacapo_passes_total` | counter | `dispatch`: `initial`, `resumed`, `expired` |
//! | `dacapo_needless_passes_total` | counter | |
//! | `dacapo_wait_seconds` | histogram | `end`: a field of [`Waits`] |
//! | `dacapo_ended_total` | counter | `end`: a field of [`Ended`] |
//! | `dacapo_refused_total` | counter | `error`: a field of [`Refused`] |
//! | `dacapo_notifies_total` | counter | `heard`: `yes`, `no` |
//! | `dacapo_pushes_total` | counter | `result`: `answered`, `notified`, `refused` |
//! | `dacapo_relays_up` | gauge | |
//! | `dacapo_relay_downs_total` | counter | |
//! | `dacapo_relay_lines_total` | counter | `result`: `heard`, `unreadable`, `unknown_key` |
//! | `dacapo_relay_gaps_total` | counter | `cause`: a field of [`Gaps`] |
//! | `dacapo_relay_overflows_total` | counter | |
//! | `dacapo_timer_lag_seconds` | histogram | |
//! | `dacapo_panics_total` | counter | |
//!
//! `examples/dashboard` serves them to Prometheus, and as a page.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{
    Hub, HubBuilder, Relay, Stats,
    stats::{Ended, Gaps, Refused, Waits},
};
