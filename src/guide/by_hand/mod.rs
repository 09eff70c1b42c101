//! A long poll by hand, beside the same handler here.
//!
//! A long poll needs no library. A map from keys to something that wakes, and a timeout, are twenty
//! lines. They work in the first demonstration, and have five failures:
//!
//! | | by hand | here |
//! |---|---|---|
//! | 1 | a notify between check and wait is lost: the answer comes when the time is up | it causes another pass |
//! | 2 | each key that was ever asked for keeps an entry of the map | a key without a poll takes no memory |
//! | 3 | a graceful shutdown takes as long as the longest hold | it answers every poll at once |
//! | 4 | a test of the timeout takes as long as the timeout | it moves a mock clock |
//! | 5 | a change between two polls is missed | the second poll is answered at once, with a `Cursor` |
//!
//! A test in `tests/by_hand` shows each cell of this table, on the programs of this page. No
//! test waits: each failure happens every time.
//!
//! # A note that may not be there yet
//!
//! By hand, on a map of tokio's `Notify`. `Notes` is a database.
//!
#![doc = "```ignore"]
#![doc = include_str!("once_by_hand.rs")]
#![doc = "```"]
//!
//! Here:
//!
#![doc = "```ignore"]
#![doc = include_str!("once_here.rs")]
#![doc = "```"]
//!
//! # Each next note
//!
//! A client asks again and again. By hand, on a map of `watch` channels, which have the newest
//! note:
//!
#![doc = "```ignore"]
#![doc = include_str!("again_by_hand.rs")]
#![doc = "```"]
//!
//! Here, the client sends back the [`Cursor`] of the last answer:
//!
#![doc = "```ignore"]
#![doc = include_str!("again_here.rs")]
#![doc = "```"]
//!
//! # The failures, and the repairs by hand
//!
//! 1. The database has found nothing. While its reply is on its way, another request stores the
//!    note, and `notify_waiters` finds no waiter. The repair is to create the `Notified`, to
//!    `enable` it, and only then to check; in a loop, since the same `Notify` may wake for another
//!    reason.
//! 2. A client that hangs up drops the handler's future, so no last line of the handler can remove
//!    the entry. The repair is a guard with a `Drop`. It must not remove an entry that another
//!    request is about to use, or that request waits for a `Notify` that is no longer in the map.
//! 3. The server's graceful shutdown waits for each handler, and no handler knows of the shutdown.
//!    A supervisor that waits for less time kills the process, and the polls are cut off. The
//!    repair is one more channel, which each handler selects on.
//! 4. Tokio's paused time makes the test fast, if it runs in a runtime of one thread and everything
//!    in it waits on tokio's clock. It does not wait for other threads or for sockets: when the
//!    runtime is idle, the clock jumps to the timeout.
//! 5. `subscribe` regards the current note as seen. The repair is a version for each topic, which
//!    the client sends back. It must outlive the last waiter, which undoes the repair of 2, and a
//!    client with the version of an earlier process must not wait either.
//!
//! # What it costs
//!
//! | lines of code | by hand | here |
//! |---|---|---|
//! | a note that may not be there yet | 23 | 21 |
//! | each next note | 20 | 34 |
//!
//! Imports, comments and empty lines do not count. Of the 34 lines, 10 are the types of the query
//! and of the answer, which have the cursor.
//!
//! | | by hand | here | by |
//! |---|---|---|---|
//! | to suspend, wake and answer a request, of 10,000 | 482 ns | 891 ns | `cargo bench --bench versus` |
//! | to wake 10,000 requests of one key, for each | 16.7 ns | 5.14 ns | `cargo bench --bench versus` |
//! | instructions until a request is held | 2089.0 | 1965.3 | `.ci/instructions` |
//! | instructions of the pass that answers it | 1872.6 | 2397.9 | `.ci/instructions` |
//! | a multicast over HTTP, on axum, for each answer | 19.4 µs | 17.8 µs | `cargo bench --bench http` |
//! | memory of a held request over HTTP, on axum | 20.5 KiB | 20.2 KiB | `cargo bench --bench http` |
//!
//! The benches compare with versions by hand that do not have the failures 1 and 2.
//! `benches/README.md` in the repository has all figures, with their ranges and the machine. The
//! second pass costs more than a future that continues in the middle. Over HTTP, the request
//! itself costs more than either.

#[expect(unused_imports, reason = "for the documentation")]
use crate::Cursor;
