//! Bug reports of other projects that hold requests, by the kind of fault, on both frameworks.
//!
//! What concerns the wire is in `tests/sockets`: the framing of answers from outside
//! (`answers::an_answer_from_outside_leaves_the_connection_whole_whatever_its_status_and_framing`), upgrades
//! (`upgrades`), the timers of servers (`timers`), trailers (`bodies`), and connections that are used again. What is looked
//! up outside and is stale inside is in `tests/recipes` (`permissions`), and so are the two limits of one body (`bodies`)
//! and a timeout outside (`layers`). Bodies that middleware has changed, or of several parts, are in `tests/frameworks`
//! (`body`), and what middleware adds in each pass is in `middleware` there.
//!
//! One report has no test, for there is nothing here to run: that whatever stands in between has less patience than the
//! longest hold (aspnet/SignalR #1357). The recipes name the proxies and their times.

mod again;
mod answers;
mod batches;
mod holds;
mod inside;
mod left_behind;
mod moved;
mod overlapping;
mod too_early;

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Hub, MockClock, Outcome};
use http::Response;

const LONG_POLL: Duration = Duration::from_secs(30);

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

/// An answer.
fn says(what: impl Into<Bytes>) -> Outcome<Response<Bytes>> {
    Ok(Response::new(what.into()))
}
