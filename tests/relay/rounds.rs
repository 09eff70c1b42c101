//! Gaps that come again and again: every request looks again after each, and not more often than the spread allows.
//! After a gap that comes while the requests are woken for another one, that takes twice the spread at most.

use std::cell::Cell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SPREAD: Duration = Duration::from_millis(40);

#[derive(Debug, Clone, Copy)]
enum Step {
    Gap,
    Join(usize),
    /// A request is dropped, and leaves its place free.
    Drop(usize),
    /// So many milliseconds.
    Pass(u32),
}

struct Story {
    hub: Hub<String>,
    relay: Relay<String>,
    clock: MockClock,
    clients: Vec<Client>,
}

/// A request that waits again after each pass.
struct Client {
    held: Pin<Box<dyn Future<Output = Result<Answer<()>, Error>>>>,
    passes: Rc<Cell<u32>>,
    /// When it must have looked again, because of a gap.
    due: Option<Duration>,
}

impl Story {
    fn new(clients: usize) -> Self {
        let builder = Hub::builder().max_hold(EVER).max_passes(u32::MAX);
        let (hub, clock) = builder.build_with_mock_clock();
        let relay = Relay::builder().spread(SPREAD).build(&hub);
        let mut story = Self {
            hub,
            relay,
            clock,
            clients: Vec::new(),
        };
        (0..clients).for_each(|key| story.step(Step::Join(key)));
        story
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Gap => self.gap(),
            Step::Join(key) => self.join(key),
            Step::Drop(client) if client < self.clients.len() => {
                drop(self.clients.swap_remove(client));
            }
            Step::Drop(_) => {}
            Step::Pass(time) => (0..time).for_each(|_| self.pass_a_tick()),
        }
    }

    fn join(&mut self, key: usize) {
        let passes = Rc::new(Cell::new(0));
        let counted = Rc::clone(&passes);
        let held = self.hub.run_owned(async move |c| {
            counted.set(counted.get() + 1);
            Err::<(), _>(c.suspend(&format!("key {key}"), EVER))
        });
        self.clients.push(Client {
            held: Box::pin(held),
            passes,
            due: None,
        });
        self.poll();
    }

    fn gap(&mut self) {
        let due = self.clock.now() + 2 * SPREAD;
        for client in &mut self.clients {
            client.due.get_or_insert(due);
        }
        self.relay.gap();
        self.poll();
    }

    fn pass_a_tick(&mut self) {
        self.clock.advance(MS);
        self.poll();
        let now = self.clock.now();
        let is_late = |client: &&Client| client.due.is_some_and(|due| due <= now);
        assert_eq!(self.clients.iter().filter(is_late).count(), 0);
    }

    fn poll(&mut self) {
        for client in &mut self.clients {
            let before = client.passes.get();
            assert!(client.held.as_mut().now_or_never().is_none());
            if client.passes.get() > before {
                client.due = None;
            }
        }
    }

    fn passes(&self) -> u32 {
        self.clients.iter().map(|client| client.passes.get()).sum()
    }
}

#[test]
fn a_flood_of_gaps_costs_one_pass_of_each_request_in_each_spread() {
    let mut story = Story::new(20);
    let before = story.passes();
    for _ in 0..10 * SPREAD.as_millis() {
        story.step(Step::Gap);
        story.step(Step::Pass(1));
    }
    let passes = story.passes() - before;
    assert!((10 * 20..=10 * 20 + 1).contains(&passes), "{passes} passes");
}

#[test]
fn a_request_that_a_gap_has_passed_is_woken_for_the_next_one() {
    let mut story = Story::new(2);
    story.step(Step::Gap);
    let passes = |story: &Story| {
        let mut passes = [0, 1].map(|client| story.clients[client].passes.get());
        passes.sort_unstable();
        passes
    };
    assert_eq!(passes(&story), [1, 2], "one at once");
    story.step(Step::Gap);
    story.step(Step::Pass(SPREAD.as_millis() as u32));
    assert_eq!(
        passes(&story),
        [2, 3],
        "the next round begins when the spread has passed"
    );
    story.step(Step::Pass(SPREAD.as_millis() as u32));
    assert_eq!(passes(&story), [3, 3], "and then both have looked again");
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Gap),
        2 => (0..6_usize).prop_map(Step::Join),
        1 => (0..16_usize).prop_map(Step::Drop),
        6 => (1..12_u32).prop_map(Step::Pass),
    ]
}

proptest! {
    #[test]
    fn each_request_looks_again_within_twice_the_spread_after_each_gap(steps in vec(step(), 0..60)) {
        let mut story = Story::new(4);
        steps.into_iter().for_each(|step| story.step(step));
        story.step(Step::Pass(2 * SPREAD.as_millis() as u32));
    }
}
