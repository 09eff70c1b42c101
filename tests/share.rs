//! One computation serves all that ask for the same, and nothing that it hands out is too old.

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dacapo::{Answer, Continuation, Cursor, Hub, Outcome, Share};
use futures::FutureExt;
use futures::channel::oneshot;

const HOLD: Duration = Duration::from_secs(30);

fn hub() -> Hub<String> {
    Hub::with_mock_clock().0
}

/// A share, and how often something was computed for it.
struct Counted {
    share: Share<String, usize>,
    computed: Cell<usize>,
}

impl Counted {
    fn new(hub: &Hub<String>) -> Self {
        Self {
            share: Share::with_capacity(hub, 2),
            computed: Cell::new(0),
        }
    }

    /// Gets the number of the computation.
    fn get(&self, key: &str, scope: &str) -> usize {
        let compute = async || Ok::<_, Infallible>(self.compute());
        let result = self.share.get(key, scope, compute).now_or_never();
        let Ok(result) = result.unwrap();
        *result
    }

    fn compute(&self) -> usize {
        self.computed.set(self.computed.get() + 1);
        self.computed.get()
    }
}

type Pending<'t, E> = Pin<Box<dyn Future<Output = Result<Arc<usize>, E>> + 't>>;

/// A computation that lasts until it is told its result.
fn slow<'t>(share: &'t Share<String, usize>) -> (oneshot::Sender<usize>, Pending<'t, String>) {
    let (result, told) = oneshot::channel();
    let compute = async || told.await.map_err(|_| "failed".to_owned());
    let mut pending: Pending<'_, _> = Box::pin(share.get("lobby", &(), compute));
    assert!(pending.as_mut().now_or_never().is_none());
    (result, pending)
}

/// One that computes at once, as soon as it is its turn.
fn quick<'t>(share: &'t Share<String, usize>, result: usize) -> Pending<'t, String> {
    let mut pending: Pending<'_, _> = Box::pin(share.get("lobby", &(), async move || Ok(result)));
    assert!(
        pending.as_mut().now_or_never().is_none(),
        "another computes"
    );
    pending
}

#[track_caller]
fn result(pending: Pending<'_, String>) -> usize {
    *pending.now_or_never().unwrap().unwrap()
}

#[test]
fn a_thousand_held_polls_are_answered_by_one_computation() {
    let (hub, computed) = (hub(), AtomicUsize::new(0));
    let pages = Share::new(&hub);
    let page = async |c: Continuation<String>, seen: Cursor| -> Outcome<_> {
        if !c.changed("lobby", &seen) && !c.is_expired() {
            return Err(c.suspend("lobby", HOLD));
        }
        let render = async || Ok(computed.fetch_add(1, Ordering::Relaxed));
        let page = pages.get("lobby", "guest", render).await?;
        Ok((*page, c.advance(seen)))
    };
    let seen = hub.cursor();
    let poll = |_| Box::pin(hub.run(|c| page(c, seen.clone())));
    let mut polls: Vec<_> = (0..1000).map(poll).collect();
    assert!(polls.iter_mut().all(|poll| poll.now_or_never().is_none()));

    assert_eq!(hub.notify("lobby"), 1000);
    for poll in polls {
        let answer = poll.now_or_never().unwrap().unwrap().into_inner();
        let (page, told) = answer.unwrap();
        assert_eq!(page, 0);
        assert!(!hub.changed("lobby", &told));
    }
    assert_eq!(computed.into_inner(), 1);
}

#[test]
fn a_result_is_good_until_its_key_is_notified_and_other_keys_are_no_matter() {
    let hub = hub();
    let counted = Counted::new(&hub);
    let get = || counted.get("lobby", "guest");
    assert_eq!((get(), get()), (1, 1));
    hub.notify("kitchen");
    assert_eq!(get(), 1);
    hub.notify("lobby");
    assert_eq!((get(), get()), (2, 2));
}

#[test]
fn a_gap_makes_every_result_invalid() {
    let hub = hub();
    let counted = Counted::new(&hub);
    assert_eq!(counted.get("lobby", "guest"), 1);
    hub.notify_every_key(Duration::ZERO);
    assert_eq!(counted.get("lobby", "guest"), 2);
    assert_eq!(counted.get("lobby", "guest"), 2);
}

#[test]
fn different_scopes_and_different_keys_share_nothing() {
    let hub = hub();
    let counted = Counted {
        share: Share::new(&hub),
        ..Counted::new(&hub)
    };
    assert_eq!(counted.get("lobby", "guest"), 1);
    assert_eq!(counted.get("lobby", "admin"), 2);
    assert_eq!(counted.get("kitchen", "guest"), 3);
    assert_eq!(counted.get("lobbyguest", ""), 4);
    assert_eq!(counted.get("lobby", "guest"), 1);
}

#[test]
fn a_key_is_never_taken_for_a_part_of_the_scope() {
    let (hub, computed) = (Hub::<u8>::with_mock_clock().0, Cell::new(0));
    let share = Share::new(&hub);
    let compute = async || {
        computed.set(computed.get() + 1);
        Ok::<_, Infallible>(computed.get())
    };
    let one = share.get_any(&[1, 2], &[3; 0], compute).now_or_never();
    let Ok(other) = share
        .get_any(&[1], &(2_u8, [3; 0]), compute)
        .now_or_never()
        .unwrap();
    assert_ne!(one.unwrap().unwrap(), other);
}

#[test]
fn what_depends_on_several_keys_is_computed_anew_when_any_of_them_is_notified() {
    let (hub, computed) = (hub(), Cell::new(0));
    let share = Share::new(&hub);
    let get = |keys: &[&str]| {
        let compute = async || {
            computed.set(computed.get() + 1);
            Ok::<_, Infallible>(computed.get())
        };
        let result = share
            .get_any(keys.iter().copied(), &(), compute)
            .now_or_never();
        *result.unwrap().unwrap()
    };
    assert_eq!((get(&["a", "b"]), get(&["a", "b"])), (1, 1));
    hub.notify("b");
    assert_eq!(get(&["a", "b"]), 2);
    hub.notify("c");
    assert_eq!(get(&["a", "b"]), 2);
    assert_eq!(get(&["a", "b", "c"]), 3, "another set is another result");
}

#[test]
fn those_that_come_while_one_computes_wait_for_it_and_take_its_result() {
    let share = Share::new(&hub());
    let (told, leader) = slow(&share);
    let followers = [quick(&share, 2), quick(&share, 3)];
    told.send(1).unwrap();
    assert_eq!(result(leader), 1);
    assert_eq!(followers.map(result), [1, 1]);
}

#[test]
fn when_the_one_that_computes_is_cancelled_the_next_one_computes() {
    let share = Share::new(&hub());
    let (_told, leader) = slow(&share);
    let (next, last) = (quick(&share, 2), quick(&share, 3));
    drop(leader);
    assert_eq!((result(next), result(last)), (2, 2));
}

#[test]
fn when_the_one_that_computes_fails_the_error_is_its_own_and_the_next_one_computes() {
    let share = Share::new(&hub());
    let (told, leader) = slow(&share);
    let next = quick(&share, 2);
    drop(told);
    assert_eq!(leader.now_or_never().unwrap().unwrap_err(), "failed");
    assert_eq!(result(next), 2);
}

#[test]
fn when_the_one_that_computes_panics_the_next_one_computes() {
    let share = Share::new(&hub());
    let (told, waiting) = oneshot::channel::<()>();
    let panics = async || {
        let _ = waiting.await;
        panic!("on purpose")
    };
    let mut leader: Pending<'_, String> = Box::pin(share.get("lobby", &(), panics));
    assert!(leader.as_mut().now_or_never().is_none());
    let next = quick(&share, 2);
    told.send(()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| leader.now_or_never())).is_err());
    assert_eq!(result(next), 2);
}

#[test]
fn a_computation_may_suspend_and_the_next_pass_computes() {
    let hub = hub();
    let pages = Share::new(&hub);
    let mut request = pin!(hub.run(async |c| -> Outcome<_> {
        let compute = async || match c.is_initial() {
            true => Err(c.suspend("lobby", HOLD)),
            false => Ok(c.pass()),
        };
        Ok(*pages.get("lobby", &(), compute).await?)
    }));
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(hub.suspended_count(), 1);
    hub.notify("lobby");
    assert_eq!(request.now_or_never().unwrap().unwrap(), 2);
}

#[test]
fn one_that_comes_after_a_change_does_not_get_what_was_begun_before_it() {
    let hub = hub();
    let share = Share::new(&hub);
    let (told, leader) = slow(&share);
    hub.notify("lobby");
    let later = quick(&share, 2);
    told.send(1).unwrap();
    assert_eq!(result(leader), 1);
    assert_eq!(result(later), 2);
}

#[test]
fn those_that_were_there_before_a_computation_began_take_it_whatever_has_changed_since() {
    let hub = hub();
    let share = Share::new(&hub);
    let (first_told, first) = slow(&share);
    hub.notify("lobby");
    let (second_told, told) = oneshot::channel();
    let mut second: Pending<'_, String> =
        Box::pin(share.get("lobby", &(), async || told.await.map_err(|_| String::new())));
    assert!(second.as_mut().now_or_never().is_none());
    let crowd: Vec<_> = (3..100).map(|number| quick(&share, number)).collect();

    first_told.send(1).unwrap();
    assert_eq!(result(first), 1);
    assert!(second.as_mut().now_or_never().is_none(), "it computes");
    hub.notify("lobby");
    second_told.send(2).unwrap();
    assert_eq!(result(second), 2);
    assert!(crowd.into_iter().all(|follower| result(follower) == 2));
    let compute = async || Ok::<_, Infallible>(100);
    let newest = share.get("lobby", &(), compute).now_or_never();
    assert_eq!(
        *newest.unwrap().unwrap(),
        100,
        "one that comes now gets news"
    );
}

#[test]
fn a_change_while_one_computes_is_told_with_the_next_poll() {
    let hub = hub();
    let pages = Share::new(&hub);
    let poll = |seen: Cursor, text: fn(&Hub<String>) -> &'static str| {
        let answer = hub.run(async |c| -> Outcome<_> {
            if !c.changed("lobby", &seen) {
                return Err(c.suspend("lobby", HOLD));
            }
            let text = pages.get("lobby", &(), async || Ok(text(&hub))).await?;
            Ok((*text, c.advance(seen.clone())))
        });
        answer
            .now_or_never()
            .map(|answer| answer.map(Answer::into_inner))
    };
    let old = |hub: &Hub<String>| {
        hub.notify("lobby"); // while it renders
        "old"
    };
    let (text, told) = poll(Cursor::default(), old).unwrap().unwrap().unwrap();
    assert_eq!(text, "old");
    let (text, told) = poll(told, |_| "new").unwrap().unwrap().unwrap();
    assert_eq!(text, "new");
    assert!(poll(told, |_| "newer").is_none(), "it is held");
}

#[test]
fn the_results_that_were_used_last_are_kept_and_no_more_than_two_generations() {
    struct Weighed(Arc<()>);
    let (hub, weight, computed) = (hub(), Arc::new(()), Cell::new(0));
    let share = Share::with_capacity(&hub, 10);
    let compute = async || {
        computed.set(computed.get() + 1);
        Ok::<_, Infallible>(Weighed(Arc::clone(&weight)))
    };
    for scope in 0..1000 {
        for scope in [scope, 0] {
            let result = share.get("lobby", &scope, compute).now_or_never();
            assert!(Arc::ptr_eq(&result.unwrap().unwrap().0, &weight));
        }
        assert!(Arc::strong_count(&weight) <= 21);
    }
    assert_eq!(computed.get(), 1000, "the one that is always used is kept");
    let is_there = |scope: i32| {
        let result = share.get("lobby", &scope, async || Err(()));
        result.now_or_never().unwrap().is_ok()
    };
    assert!(is_there(0) && is_there(999) && !is_there(1));
    drop(share);
    assert_eq!(Arc::strong_count(&weight), 1);
}

#[test]
fn a_result_may_use_the_share_in_its_destructor() {
    struct Asks(Share<String, Self>, u8);
    impl Drop for Asks {
        fn drop(&mut self) {
            let result = self
                .0
                .get("kitchen", &self.1, async || Err(()))
                .now_or_never();
            assert!(matches!(result, Some(Err(()))));
        }
    }
    let hub = hub();
    let share = Share::with_capacity(&hub, 1);
    for scope in 0..5 {
        let compute = async || Ok::<_, Infallible>(Asks(share.clone(), scope));
        for _ in 0..2 {
            assert!(share.get("lobby", &scope, compute).now_or_never().is_some());
            hub.notify("lobby");
        }
    }
}

#[test]
fn the_future_may_go_to_another_thread() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let (hub, name) = (hub(), "lobby".to_owned());
    let pages = Share::new(&hub);
    let request = is_send(hub.run(async |_| -> Outcome<_> {
        let render = async || Ok(name.clone());
        Ok(is_send(pages.get(&*name, "guest", render)).await?.len())
    }));
    assert_eq!(request.now_or_never().unwrap().unwrap(), 5);
}
