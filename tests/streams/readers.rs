//! Readers that lose their connections, and messages of which none may be lost.

use std::thread;

use dacapo::stream::LastEventId;
use fastrand::Rng;
use futures::StreamExt;
use futures::executor::block_on;

use super::*;

const READERS: usize = 4;
const MESSAGES: u32 = 10_000;

/// Reads to the last message, and loses the connection now and then: also while it waits.
async fn read(log: Log, seed: u64) -> Vec<u32> {
    let mut random = Rng::with_seed(seed);
    let (mut numbers, mut last_event_id) = (Vec::new(), None::<String>);
    while numbers.last() != Some(&MESSAGES) {
        let header = last_event_id.as_ref().map(String::as_bytes);
        let LastEventId(seen) = LastEventId::<usize>::of(header, None);
        let read = log.clone();
        let news = async move |c: Continuation<u8>, seen| -> Outcome<_> {
            read.read(seen).ok_or_else(|| c.suspend(&KEY, MS))
        };
        let mut stream = Box::pin(log.hub.stream(seen, news));
        let mut polls = random.usize(0..100);
        while polls > 0 && numbers.last() != Some(&MESSAGES) {
            polls -= 1;
            if random.u8(..) == 0 {
                // The client goes while its stream waits, if it does.
                let _ = futures::poll!(stream.next());
                break;
            }
            if let Event::Item { value, position } = stream.next().await.unwrap().unwrap() {
                numbers.push(value);
                last_event_id = Some(position.to_string());
            }
        }
    }
    numbers
}

#[test]
fn readers_that_come_back_with_their_position_miss_nothing_and_get_nothing_twice() {
    // Heartbeats come from the real timer, so some waits expire as they are notified.
    let log = Log::of(Hub::new());
    let readers: Vec<_> = (0..READERS)
        .map(|seed| {
            let log = log.clone();
            thread::spawn(move || block_on(read(log, seed as u64)))
        })
        .collect();
    let mut random = Rng::with_seed(99);
    for number in 1..=MESSAGES {
        log.post(number);
        if random.u8(..) < 16 {
            thread::yield_now();
        }
    }
    let all: Vec<u32> = (1..=MESSAGES).collect();
    for reader in readers {
        assert!(reader.join().unwrap() == all, "each once, in order");
    }
    assert_eq!(log.hub.suspended_count(), 0);
    let stats = log.hub.stats();
    assert_eq!(stats.requests, stats.ended.total() + stats.refused.total());
}
