//! Two things at the same moment.

use std::sync::Barrier;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use crate::client::Connection;
use crate::files;
use crate::running::Running;

test!(
    news_between_the_look_and_the_suspension_is_not_lost,
    |running| {
        let mut connection = running.connect();
        connection.get("/news/lobby");
        running.until_at_the_gate(1);
        assert_eq!(
            running.application.publish("lobby"),
            0,
            "there is no waiter yet"
        );
        running.application.gate.let_through(2);
        assert_eq!(connection.receive(), (200, "news".into()));
        assert_eq!(running.application.gate.reached(), 2);
        running.until_all_have_gone(&["lobby"]);
    }
);

// The clock stands still, so a client would wait without end if its news were lost.
test!(no_news_is_lost_whenever_it_comes, |running| {
    running.application.gate.open();
    let (begin, begun) = sync_channel::<String>(0);
    let mut connection = running.connect();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut dice = Rng::with_seed(0);
            for key in begun {
                (0..dice.u32(..10_000)).for_each(|_| std::hint::spin_loop());
                running.application.publish(&key);
            }
        });
        for round in 0..1000 {
            begin.send(round.to_string()).unwrap();
            connection.get(&format!("/news/{round}"));
            assert_eq!(connection.receive(), (200, "news".into()));
        }
        drop(begin);
    });
    running.until_all_have_gone(&[]);
});

/// Makes each client's news and its expiry come at once, and returns the clients that the news has reached.
fn at_once(running: &Running, clients: usize) -> Vec<bool> {
    let moment = Barrier::new(2);
    thread::scope(|scope| {
        let expired = scope.spawn(|| {
            let expire = |_| {
                moment.wait();
                running.clock.advance(Duration::from_millis(1)) == 1
            };
            (1..=clients).map(expire).collect::<Vec<_>>()
        });
        let notify = |client: usize| {
            moment.wait();
            running.hub.notify(&client.to_string()) == 1
        };
        let notified: Vec<_> = (1..=clients).map(notify).collect();
        let either = notified.iter().zip(expired.join().unwrap());
        assert!(
            either
                .clone()
                .all(|(notified, expired)| *notified != expired)
        );
        notified
    })
}

test!(
    of_a_notify_and_an_expiry_at_the_same_instant_the_client_sees_one,
    |running| {
        let crowd = files::crowd(200);
        let held = |client| running.hold(&format!("/until/{client}"));
        let held: Vec<Connection> = (1..=crowd.clients).map(held).collect();
        let notified = at_once(&running, held.len());
        for (mut held, notified) in held.into_iter().zip(notified) {
            let why = if notified { "resumed" } else { "expired" };
            assert_eq!(held.receive(), (200, format!("{why} in pass 2")));
            // A second answer would come before this one.
            held.get("/now");
            assert_eq!(held.receive(), (200, "now".into()));
        }
        running.until_all_have_gone(&[]);
    }
);

test!(
    a_notify_one_passes_over_those_who_have_gone_while_they_were_held,
    |running| {
        let gone: Vec<_> = (0..20).map(|_| running.hold("/wait/jobs")).collect();
        let mut next = running.hold("/wait/jobs");
        drop(gone);
        running.until_suspended(1);
        assert_eq!(running.hub.notify_one("jobs"), 1);
        assert_eq!(next.receive(), (200, "resumed in pass 2".into()));
        running.until_all_have_gone(&["jobs"]);
    }
);

test!(
    a_notify_one_of_a_client_who_goes_before_the_answer_goes_to_the_next,
    |running| {
        let mut held: Vec<_> = (0..5).map(|_| running.hold("/job/jobs")).collect();
        assert_eq!(running.hub.notify_one("jobs"), 1);
        let mut last = held.pop().unwrap();
        for (gone, chosen) in held.into_iter().enumerate() {
            running.until_at_the_gate(gone + 1);
            chosen.reset();
        }
        running.until_at_the_gate(5);
        running.application.gate.let_through(1);
        assert_eq!(last.receive(), (200, "job".into()));
        running.until_all_have_gone(&["jobs"]);
    }
);
