//! Notifies between nodes: what crosses, what is lost, and what the transport sees.

mod bus;
mod counted;
mod foreign;
mod gaps;
mod keys;
mod outgoing;
mod rounds;
mod stories;

use std::pin::Pin;
use std::time::Duration;

use dacapo::{Answer, Dispatch, Error, Hub, MockClock, Relay};
use futures::{FutureExt, StreamExt};

const SPREAD: Duration = Duration::from_secs(2);
const SILENCE: Duration = Duration::from_secs(15);
const BEAT: Duration = Duration::from_secs(5);
const MS: Duration = Duration::from_millis(1);
const EVER: Duration = Duration::MAX;

/// A hub with a relay.
struct Node {
    hub: Hub<String>,
    relay: Relay<String>,
    clock: MockClock,
}

impl Node {
    fn new() -> Self {
        let builder = Hub::builder().max_hold(EVER);
        let (hub, clock) = builder.build_with_mock_clock();
        let relay = Relay::new(&hub);
        Self { hub, relay, clock }
    }

    /// A request that waits for a key, and is answered in its second pass.
    fn hold(&self, key: &'static str) -> Held {
        let mut held: Held = Box::pin(self.hub.run_owned(async move |c| match c.is_initial() {
            true => Err(c.suspend(key, EVER)),
            false => Ok(c.dispatch()),
        }));
        assert!(held.as_mut().now_or_never().is_none());
        held
    }

    fn gaps(&self) -> u64 {
        self.hub.stats().relayed.gaps.total()
    }
}

type Held = Pin<Box<dyn Future<Output = Result<Answer<Dispatch>, Error>>>>;

fn is_answered(held: &mut Held) -> bool {
    held.as_mut().now_or_never().is_some()
}

/// The next line, if there is one now.
fn next(lines: &mut dacapo::relay::Outgoing<String>) -> Option<String> {
    lines.next().now_or_never().flatten()
}

/// What a line says, without its origin.
fn said(line: Option<String>) -> Option<String> {
    Some(line?.split_once(' ')?.1.to_owned())
}

/// A line of another relay.
fn line(rest: &str) -> String {
    format!("00000000000000aa {rest}")
}
