//! Three nodes with faults between them: each change reaches every request that waits for it.

use dacapo::relay::memory::{Bus, Fate, Passage};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;
use std::rc::Rc;

use super::*;

const NODES: usize = 3;
const KEYS: [&str; 2] = ["lobby", "kitchen"];

#[derive(Debug, Clone)]
enum Step {
    /// A node changes what belongs to a key, and notifies it.
    Change(usize, usize),
    /// All lines go on their way, each with the next of these fates.
    Carry(Vec<Fate>),
    /// The same, but this node is cut off.
    CarryPast(usize),
    /// A node connects again.
    Reconnect(usize),
    Pass(u32),
}

/// What the database has: the version of each key.
type Truth = Rc<[Cell<u64>; KEYS.len()]>;

struct Story {
    truth: Truth,
    nodes: Vec<Node>,
    bus: Bus<String>,
    polls: Vec<Poll>,
}

/// A client that asks a node for a key again and again, with the version that it has.
struct Poll {
    node: usize,
    key: usize,
    seen: u64,
    request: Request,
}

type Request = Pin<Box<dyn Future<Output = Result<Answer<u64>, Error>>>>;

impl Story {
    fn new() -> Self {
        let nodes: Vec<_> = (0..NODES).map(|_| Node::new()).collect();
        let mut bus = Bus::new();
        for node in &nodes {
            bus.join(&node.relay);
        }
        let mut story = Self {
            truth: Truth::default(),
            nodes,
            bus,
            polls: Vec::new(),
        };
        // From now on each node knows the others.
        story.bus.carry();
        for node in 0..NODES {
            for key in 0..KEYS.len() {
                let request = story.poll(node, key, 0);
                story.polls.push(Poll {
                    node,
                    key,
                    seen: 0,
                    request,
                });
            }
        }
        story
    }

    fn poll(&self, node: usize, key: usize, seen: u64) -> Request {
        let truth = Rc::clone(&self.truth);
        let hub = &self.nodes[node].hub;
        Box::pin(hub.run_owned(async move |c| match truth[key].get() {
            version if version > seen => Ok(version),
            _ => Err(c.suspend(KEYS[key], EVER)),
        }))
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Change(node, key) => {
                let version = &self.truth[key];
                version.set(version.get() + 1);
                self.nodes[node].relay.notify(KEYS[key]);
            }
            Step::Carry(fates) => {
                let mut fates = fates.into_iter().cycle();
                self.bus.carry_with(|_| fates.next().unwrap());
            }
            Step::CarryPast(node) => {
                self.bus.carry_with(|passage| match is_cut(node, passage) {
                    true => Fate::Lost,
                    false => Fate::Heard,
                });
            }
            Step::Reconnect(node) => {
                self.nodes[node].relay.down();
                self.nodes[node].relay.up();
            }
            Step::Pass(seconds) => {
                let time = Duration::from_secs(seconds.into());
                self.nodes
                    .iter()
                    .for_each(|node| _ = node.clock.advance(time));
            }
        }
        self.ask_again();
    }

    /// Each client that has its answer asks for what comes after it.
    fn ask_again(&mut self) {
        for at in 0..self.polls.len() {
            while let Some(answer) = self.polls[at].request.as_mut().now_or_never() {
                let Poll { node, key, .. } = self.polls[at];
                let seen = answer.unwrap().into_inner().unwrap();
                self.polls[at].seen = seen;
                self.polls[at].request = self.poll(node, key, seen);
            }
        }
    }

    /// Nothing is lost from now on, for as long as the bound allows.
    fn calm_down(&mut self) {
        for _ in 0..(SILENCE + BEAT + 2 * SPREAD).as_secs() {
            self.step(Step::Carry(vec![Fate::Heard]));
            self.step(Step::Pass(1));
        }
    }

    /// The clients that have not seen the latest version.
    fn stuck(&self) -> Vec<(usize, &str)> {
        let is_stuck = |poll: &&Poll| poll.seen < self.truth[poll.key].get();
        let stuck = self.polls.iter().filter(is_stuck);
        stuck.map(|poll| (poll.node, KEYS[poll.key])).collect()
    }
}

fn is_cut(node: usize, passage: Passage<'_>) -> bool {
    (passage.from == node) != (passage.to == node)
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Heard),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Repeated),
        1 => Just(Fate::Late),
    ]
}

fn step(fate: impl Strategy<Value = Fate>) -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..NODES, 0..KEYS.len()).prop_map(|(node, key)| Step::Change(node, key)),
        6 => vec(fate, 1..12).prop_map(Step::Carry),
        1 => (0..NODES).prop_map(Step::CarryPast),
        1 => (0..NODES).prop_map(Step::Reconnect),
        4 => (1..8_u32).prop_map(Step::Pass),
    ]
}

/// What happens to nodes whose way loses nothing while it is open.
#[derive(Debug, Clone, Copy)]
enum Event {
    Change(usize),
    /// The broker cannot be reached for some seconds. All nodes lose it, and find it again.
    Outage(u32),
    /// Another node comes, drains its requests for some seconds, and leaves.
    Visit(u32),
}

impl Story {
    /// Returns how many gaps this may cost each node.
    fn bear(&mut self, event: Event) -> u64 {
        match event {
            Event::Change(node) => {
                self.step(Step::Change(node, 0));
                self.wait(1, None);
                0
            }
            Event::Outage(seconds) => {
                self.nodes.iter().for_each(|node| node.relay.down());
                self.step(Step::Pass(seconds));
                self.nodes.iter().for_each(|node| node.relay.up());
                self.wait(1, None);
                1
            }
            Event::Visit(seconds) => {
                let visitor = Node::new();
                self.bus.join(&visitor.relay);
                self.wait(1, Some(&visitor));
                visitor
                    .hub
                    .shutdown_within(Duration::from_secs(seconds.into()));
                self.wait(seconds, Some(&visitor));
                visitor.relay.leave();
                self.wait(1, None);
                0
            }
        }
    }

    fn wait(&mut self, seconds: u32, visitor: Option<&Node>) {
        for _ in 0..seconds {
            visitor.map(|node| node.clock.advance(Duration::from_secs(1)));
            self.step(Step::Pass(1));
            self.step(Step::Carry(vec![Fate::Heard]));
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let seconds = 1..(3 * SILENCE).as_secs() as u32;
    prop_oneof![
        4 => (0..NODES).prop_map(Event::Change),
        1 => seconds.clone().prop_map(Event::Outage),
        1 => seconds.prop_map(Event::Visit),
    ]
}

proptest! {
    #[test]
    fn no_request_is_stuck_whatever_the_way_does(steps in vec(step(fate()), 0..60)) {
        let mut story = Story::new();
        steps.into_iter().for_each(|step| story.step(step));
        story.calm_down();
        prop_assert_eq!(story.stuck(), vec![]);
    }

    #[test]
    fn an_outage_is_one_gap_for_each_node_and_one_that_drains_and_leaves_is_none(
        events in vec(event(), 0..20),
    ) {
        let mut story = Story::new();
        let gaps: u64 = events.into_iter().map(|event| story.bear(event)).sum();
        for node in &story.nodes {
            prop_assert_eq!(node.gaps(), 1 + gaps);
        }
        story.calm_down();
        prop_assert_eq!(story.stuck(), vec![]);
    }

    #[test]
    fn without_a_fault_there_is_no_gap_and_each_change_is_there_at_once(
        changes in vec((0..NODES, 0..KEYS.len(), 0..5_u32), 0..60),
    ) {
        let mut story = Story::new();
        for (node, key, seconds) in changes {
            story.step(Step::Change(node, key));
            story.step(Step::Carry(vec![Fate::Heard]));
            prop_assert_eq!(story.stuck(), vec![]);
            story.step(Step::Pass(seconds));
            story.step(Step::Carry(vec![Fate::Heard]));
        }
        for node in &story.nodes {
            let gaps = node.hub.stats().relayed.gaps;
            prop_assert_eq!((gaps.connected, gaps.total()), (1, 1));
        }
    }
}
