//! A stream says an item, its time is up, and something happens at the same time.

use std::pin::Pin;

use dacapo::Outcome;
use dacapo::stream::Event;
use futures::{Stream, StreamExt};

use super::*;

type Said = Pin<Box<dyn Stream<Item = Result<Event<Dispatch, u8>, Error>>>>;

/// Says that it begins, if it is to, and that the data are there, when they are.
fn stream(hub: &Hub<u8>, from: u8, data: &Arc<AtomicBool>) -> Said {
    let data = Arc::clone(data);
    let news = async move |c: Continuation<u8>, seen: u8| -> Outcome<_> {
        match seen == 0 || seen == 1 && data.load(Relaxed) {
            true => Ok((c.dispatch(), seen + 1)),
            false => Err(c.suspend(&KEY, MS)),
        }
    };
    Box::pin(hub.stream(from, news))
}

/// What it says, until it waits: the position of each item, or 0 for a heartbeat.
fn said(stream: &mut Said) -> Vec<u8> {
    let mut said = Vec::new();
    // It is pending once between two passes.
    for _ in 0..2 {
        while let Some(next) = stream.next().now_or_never() {
            said.push(match next.unwrap().unwrap() {
                Event::Item { position, .. } => position,
                Event::Heartbeat => 0,
            });
        }
    }
    said
}

fn items(said: &[u8]) -> Vec<u8> {
    said.iter().copied().filter(|said| *said != 0).collect()
}

#[test]
fn a_notify_between_two_items_is_not_lost() {
    model(|hub, _| {
        let data = flag();
        let mut stream = stream(&hub, 0, &data);
        let publishing = publish(&hub, KEY, &data);
        let mut told = said(&mut stream);
        publishing.join().unwrap();
        told.extend(said(&mut stream));
        assert_eq!(told, [1, 2]);
    });
}

#[test]
fn a_notify_as_a_heartbeat_is_due_is_not_lost() {
    model(|hub, clock| {
        let data = flag();
        let mut stream = stream(&hub, 1, &data);
        assert!(said(&mut stream).is_empty());
        let publishing = publish(&hub, KEY, &data);
        clock.advance(MS);
        let mut told = said(&mut stream);
        publishing.join().unwrap();
        told.extend(said(&mut stream));
        assert_eq!(items(&told), [2]);
    });
}

/// A stream that waits for its handle.
fn by_hand(hub: &Hub<u8>) -> (Said, Handle, Continuation<u8>) {
    let told = Rc::new(RefCell::new(None));
    let tell = Rc::clone(&told);
    let mut stream: Said = Box::pin(hub.stream(1, move_and_wait(tell)));
    assert!(said(&mut stream).is_empty());
    let kept: Continuation<u8> = told.take().unwrap();
    (stream, kept.handle(), kept)
}

fn move_and_wait(
    tell: Rc<RefCell<Option<Continuation<u8>>>>,
) -> impl AsyncFnMut(Continuation<u8>, u8) -> Outcome<(Dispatch, u8)> {
    async move |c: Continuation<u8>, seen: u8| -> Outcome<_> {
        let outcome = match c.value::<u8>() {
            Some(_) => Ok((c.dispatch(), seen + 1)),
            None => Err(c.suspend_for(MS)),
        };
        if c.is_initial() {
            tell.replace(Some(c));
        }
        outcome
    }
}

#[test]
fn a_resume_as_a_heartbeat_is_due_is_not_lost() {
    model(|hub, clock| {
        let (mut stream, handle, _kept) = by_hand(&hub);
        let resuming = meanwhile(&hub, move |_| handle.resume_value(7_u8).is_ok());
        clock.advance(MS);
        let mut told = said(&mut stream);
        assert!(
            resuming.join().unwrap(),
            "a stream can be woken until it ends"
        );
        told.extend(said(&mut stream));
        assert_eq!(items(&told), [2]);
    });
}

#[test]
fn a_stream_that_is_answered_from_outside_as_a_heartbeat_is_due_ends() {
    model(|hub, clock| {
        let (mut stream, handle, _kept) = by_hand(&hub);
        let completing = meanwhile(&hub, move |_| handle.complete(done()).is_ok());
        clock.advance(MS);
        let early = stream.next().now_or_never();
        assert!(completing.join().unwrap());
        if early != Some(None) {
            let next = std::iter::repeat_with(|| stream.next().now_or_never());
            assert!(next.take(3).any(|next| next == Some(None)));
        }
    });
}
