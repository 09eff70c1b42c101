//! A loss between nodes, of any kind, becomes a gap, and a gap wakes every request within a stated bound. (`tests/relay`
//! tests all kinds of losses, in stories.)

use std::pin::Pin;
use std::time::Duration;

use dacapo::relay::memory::{Bus, Fate};
use dacapo::{Hub, MockClock, Relay};
use futures::FutureExt;

use crate::LONG_POLL;

const SILENCE: Duration = Duration::from_secs(15);
const SPREAD: Duration = Duration::from_secs(2);

/// Requests on a second node, and a first node that makes changes.
struct Cluster {
    bus: Bus<u32>,
    relay: Relay<u32>,
    clocks: [MockClock; 2],
    there: Hub<u32>,
}

impl Cluster {
    fn new() -> Self {
        let ((here, clock), (there, other_clock)) =
            (Hub::with_mock_clock(), Hub::with_mock_clock());
        let node = |hub| Relay::builder().silence(SILENCE).spread(SPREAD).build(hub);
        let (relay, mut bus) = (node(&here), Bus::new());
        bus.join(&relay);
        bus.join(&node(&there));
        bus.carry();
        let clocks = [clock, other_clock];
        clocks.iter().for_each(|clock| _ = clock.advance(SPREAD));
        Self {
            bus,
            relay,
            clocks,
            there,
        }
    }

    /// A request on the second node for each key.
    fn requests(&self) -> Vec<Pin<Box<impl Future<Output = ()> + use<>>>> {
        let request = |key: u32| {
            let hub = self.there.clone();
            let mut request = Box::pin(async move {
                let answer = hub.run(async |c| match c.is_initial() {
                    true => Err(c.suspend(&key, LONG_POLL)),
                    false => Ok(()),
                });
                answer.await.map(drop).expect("no limit is reached");
            });
            assert!(request.as_mut().now_or_never().is_none());
            request
        };
        (0..100).map(request).collect()
    }

    fn advance(&self, by: Duration) {
        self.clocks.iter().for_each(|clock| _ = clock.advance(by));
    }
}

fn all_are_awake(requests: Vec<Pin<Box<impl Future<Output = ()>>>>) -> bool {
    let mut requests = requests.into_iter();
    requests.all(|request| request.now_or_never().is_some())
}

#[test]
fn a_lost_line_wakes_every_request_after_a_beat_and_the_spread() {
    let mut cluster = Cluster::new();
    let requests = cluster.requests();
    cluster.relay.notify(&7);
    cluster.bus.carry_with(|_| Fate::Lost);
    cluster.advance(SILENCE / 3);
    cluster.bus.carry();
    cluster.advance(SPREAD);
    assert!(all_are_awake(requests));
}

#[test]
fn a_node_that_vanishes_wakes_every_request_after_the_silence_and_the_spread() {
    let mut cluster = Cluster::new();
    let requests = cluster.requests();
    cluster.relay.notify(&7);
    cluster.bus.carry_with(|_| Fate::Lost);
    cluster.advance(SILENCE);
    cluster.bus.carry_with(|passage| match passage.from {
        0 => Fate::Lost, // it says no more
        _ => Fate::Heard,
    });
    cluster.advance(SPREAD);
    assert!(all_are_awake(requests));
}

#[test]
fn a_line_that_arrives_wakes_its_key_alone() {
    let mut cluster = Cluster::new();
    let mut requests = cluster.requests();
    cluster.relay.notify(&7);
    cluster.bus.carry();
    cluster.advance(SPREAD);
    assert!(requests.remove(7).now_or_never().is_some());
    assert_eq!(cluster.there.suspended_count(), requests.len());
}
