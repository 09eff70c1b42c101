//! A poll, a change, another poll: if the first poll did not see the change, the second one must.

use dacapo::{Cursor, Suspended};

use super::*;

/// The answer of a request that does not wait.
fn answer<T>(hub: &Hub<u8>, handler: impl Fn(Continuation<u8>) -> T) -> T {
    let request = hub.run(|c| {
        let answer = handler(c);
        async { Ok::<_, Suspended>(answer) }
    });
    let answered = request.now_or_never().unwrap().unwrap();
    answered.into_inner().unwrap()
}

/// Whether a poll has seen the change, and the cursor for the next one.
fn poll(hub: &Hub<u8>, seen: &Cursor, data: &AtomicBool) -> (bool, Cursor) {
    answer(hub, |c| {
        let found = c.changed(&KEY, seen) && data.load(Relaxed);
        (found, c.advance(seen.clone()))
    })
}

/// Either a poll during the change sees it, or the poll after it does.
fn it_is_found(hub: &Hub<u8>, change: impl FnOnce(Hub<u8>) + 'static) {
    let (data, seen) = (flag(), hub.cursor());
    let changed = Arc::clone(&data);
    let changing = meanwhile(hub, move |hub| {
        changed.store(true, Relaxed);
        change(hub);
    });
    let (during, seen) = poll(hub, &seen, &data);
    changing.join().unwrap();
    let (after, seen) = poll(hub, &seen, &data);
    assert!(during || after);
    let (again, _) = poll(hub, &seen, &data);
    assert!(!again, "it is told once");
}

#[test]
fn a_bookmark_jumps_over_nothing() {
    model(|hub, _| it_is_found(&hub, |hub| _ = hub.notify(&KEY)));
}

#[test]
fn a_bookmark_jumps_over_nothing_that_is_for_one() {
    model(|hub, _| it_is_found(&hub, |hub| _ = hub.notify_one(&KEY)));
}

#[test]
fn a_bookmark_jumps_over_no_gap() {
    model(|hub, _| it_is_found(&hub, |hub| _ = hub.notify_every_key(Duration::ZERO)));
}

#[test]
fn the_first_cursor_of_a_hub_jumps_over_nothing() {
    model(|hub, _| {
        let data = flag();
        let publishing = publish(&hub, KEY, &data);
        // Revisions are kept from the end of the pass on, and the cursor has the number of its beginning.
        let (found, seen) = answer(&hub, |c| (data.load(Relaxed), c.advance(Cursor::default())));
        publishing.join().unwrap();
        assert!(found || hub.changed(&KEY, &seen));
    });
}

#[test]
fn of_two_changes_at_once_the_one_by_another_is_found() {
    model(|hub, _| {
        let seen = hub.cursor().except("me");
        let changes =
            ["me", "you"].map(|actor| meanwhile(&hub, move |hub| hub.notify_by(&KEY, actor)));
        for changing in changes {
            changing.join().unwrap();
        }
        assert!(hub.changed(&KEY, &seen));
        assert!(
            !hub.changed(&KEY, &hub.cursor()),
            "nothing has happened since"
        );
    });
}
