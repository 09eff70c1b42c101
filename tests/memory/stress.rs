//! Threads that do everything at random. At the end nothing is left.
//!
//! For a long run: `STEPS=10000000 cargo test --release --test memory`. The default is a short one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use dacapo::{Answer, Continuation, Error, Handle, Hub, MockClock, Outcome};
use fastrand::Rng;
use http::Response;
use support::allocator::{Mark, alone};

const THREADS: u64 = 4;

/// The number of requests that each thread has at once.
const HELD: usize = 5000;

type Pending = Pin<Box<dyn Future<Output = Result<Answer<()>, Error>> + Send>>;

/// The number of requests, and the number of ends that were reported.
#[derive(Default)]
struct Books {
    arrived: AtomicUsize,
    ended: AtomicUsize,
}

struct Quiet;

impl Wake for Quiet {
    fn wake(self: Arc<Self>) {}
}

/// One thread, and its present requests.
struct Guest<'a> {
    hub: &'a Hub<u64>,
    clock: &'a MockClock,
    books: &'a Arc<Books>,
    dice: Rng,
    keys: u64,
    waker: Waker,
    requests: Vec<(Pending, Handle)>,
}

impl Guest<'_> {
    fn step(&mut self) {
        if self.requests.len() < HELD && self.dice.u8(..3) == 0 {
            return self.arrive();
        }
        let which = self.dice.usize(..HELD);
        let Some((request, _)) = self.requests.get_mut(which) else {
            return;
        };
        let mut task = Context::from_waker(&self.waker);
        let is_over = match self.dice.u8(..3) {
            0 => request.as_mut().poll(&mut task).is_ready(),
            1 => self.dice.u8(..4) == 0, // its client disconnects
            _ => false,
        };
        if is_over {
            drop(self.requests.swap_remove(which));
        } else {
            self.disturb(which);
        }
    }

    fn disturb(&mut self, which: usize) {
        let (key, value) = (self.dice.u64(..self.keys), self.dice.u64(..100));
        let (hub, handle) = (self.hub, &self.requests[which].1);
        match self.dice.u8(..7) {
            0 => _ = hub.notify(&key),
            1 => _ = hub.notify_one(&key),
            2 => _ = hub.notify_value(&key, value),
            3 => _ = handle.resume_value(value).is_ok(),
            4 => _ = handle.complete(Response::default()),
            5 => _ = handle.set_timeout(Duration::from_millis(value)),
            _ => _ = self.clock.advance(Duration::from_millis(value % 3)),
        }
    }

    fn arrive(&mut self) {
        let keys: Vec<_> = (0..self.dice.u8(..4))
            .map(|_| self.dice.u64(..self.keys))
            .collect();
        let timeout = match self.dice.u8(..8) {
            0 => Duration::MAX,
            _ => Duration::from_millis(self.dice.u64(..5000)),
        };
        let (priority, passes) = (self.dice.u8(..4), self.dice.u32(1..=4));
        let (tell, told) = mpsc::sync_channel(1);
        let books = Arc::clone(self.books);
        let request = self.hub.run(move |c| {
            if c.is_initial() {
                let _ = tell.try_send(c.handle());
                count(&c, &books);
            }
            let outcome: Outcome<()> = match c.pass() > passes {
                true => Ok(()),
                false => Err(c.suspend_any(&keys, timeout).priority(priority)),
            };
            async { outcome }
        });
        let mut request: Pending = Box::pin(request);
        let poll = request.as_mut().poll(&mut Context::from_waker(&self.waker));
        if poll.is_pending() {
            self.requests.push((request, told.recv().unwrap()));
        }
    }
}

fn count(c: &Continuation<u64>, books: &Arc<Books>) {
    books.arrived.fetch_add(1, Ordering::Relaxed);
    let books = Arc::clone(books);
    c.on_end(move |_| {
        books.ended.fetch_add(1, Ordering::Relaxed);
    });
}

fn steps() -> u64 {
    let steps = std::env::var("STEPS");
    steps.map_or(400_000, |steps| steps.parse().expect("STEPS is a number"))
}

/// Runs all threads to their end, and checks that nothing is left.
fn round(hub: &Hub<u64>, clock: &MockClock, keys: u64) {
    let (books, quiet) = (Arc::new(Books::default()), Arc::new(Quiet));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let mut guest = Guest {
                hub,
                clock,
                books: &books,
                dice: Rng::with_seed(number),
                keys,
                waker: Waker::from(Arc::clone(&quiet)),
                requests: Vec::with_capacity(HELD),
            };
            scope.spawn(move || (0..steps() / THREADS).for_each(|_| guest.step()));
        }
    });
    assert_eq!(hub.suspended_count(), 0);
    assert_eq!(
        clock.advance(Duration::from_secs(10_000)),
        0,
        "no timer is left"
    );
    let notified: usize = (0..keys).map(|key| hub.notify(&key)).sum();
    assert_eq!(notified, 0, "no waiter is left");
    assert_eq!(Arc::strong_count(&quiet), 1, "every waker has been dropped");
    let (arrived, ended) = (&books.arrived, &books.ended);
    assert_eq!(
        arrived.load(Ordering::Relaxed),
        ended.load(Ordering::Relaxed)
    );
    assert!(ended.load(Ordering::Relaxed) > 0);
}

/// The first round allocates the memory that a hub keeps for the next one.
fn nothing_is_left_of(keys: u64) {
    let _alone = alone();
    let (hub, clock) = Hub::with_mock_clock();
    round(&hub, &clock, keys);
    let mark = Mark::everywhere();
    round(&hub, &clock, keys);
    let (left, former) = (mark.bytes(), THREADS as usize * HELD);
    assert!(
        left <= 16 * former,
        "{left} bytes for {former} former waiters"
    );
}

#[test]
fn nothing_is_left_of_a_great_many_steps_over_few_keys() {
    nothing_is_left_of(3);
}

#[test]
fn nothing_is_left_of_a_great_many_steps_over_many_keys() {
    nothing_is_left_of(100_000);
}
