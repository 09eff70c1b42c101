//! A relay between two nodes: a gap wakes all, and a line wakes the transport.

use dacapo::Relay;
use futures::StreamExt;

use super::*;

/// A line of another relay, of which two keys have not been heard.
const BEAT: &str = "00000000000000aa 2 b";

#[test]
fn a_gap_that_is_found_while_a_request_begins_to_wait_wakes_it() {
    model(|hub, _| {
        let relay = Relay::builder().spread(Duration::ZERO).build(&hub);
        let data = flag();
        let hearing = {
            let data = Arc::clone(&data);
            thread::spawn(move || {
                data.store(true, Relaxed);
                relay.hear(BEAT);
            })
        };
        let request = hub.run(async |c| match data.load(Relaxed) {
            true => Ok(()),
            false => Err(c.suspend(&KEY, EVER)),
        });
        loom::future::block_on(request).unwrap();
        hearing.join().unwrap();
    });
}

#[test]
fn a_key_that_is_notified_while_the_transport_falls_asleep_is_published() {
    model(|hub, _| {
        let relay = Relay::builder().silence(EVER).build(&hub);
        let mut lines = relay.outgoing();
        let first = loom::future::block_on(lines.next());
        assert_eq!(first, Some(format!("{} 0 b", relay.origin())));
        let notifying = {
            let relay = relay.clone();
            thread::spawn(move || _ = relay.notify(&KEY))
        };
        let second = loom::future::block_on(lines.next());
        assert_eq!(second, Some(format!("{} 1 k - {KEY}", relay.origin())));
        notifying.join().unwrap();
    });
}

#[test]
fn a_transport_that_falls_asleep_while_the_relay_leaves_says_the_end() {
    model(|hub, _| {
        let relay = Relay::builder().silence(EVER).build(&hub);
        let mut lines = relay.outgoing();
        let leaving = {
            let relay = relay.clone();
            thread::spawn(move || relay.leave())
        };
        let mut said = Vec::new();
        while let Some(line) = loom::future::block_on(lines.next()) {
            said.push(line);
        }
        assert_eq!(said.last(), Some(&format!("{} 0 e", relay.origin())));
        leaving.join().unwrap();
    });
}
