//! A client that sends back its cursor cannot loop: on any of twelve nodes, after any events.

use std::pin::Pin;
use std::time::Duration;

use dacapo::{Answer, Continuation, Cursor, Error, Hub, MockClock, Outcome};
use futures::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::HOLD;

/// How many keys there are. Each client watches one, or a few.
const KEYS: u8 = 4;

/// Servers that know nothing of each other. An event is told to all of them, as a database would.
struct Nodes {
    nodes: Vec<(Hub<u8>, MockClock)>,
    revisions: usize,
}

impl Nodes {
    fn new(count: usize, revisions: usize) -> Self {
        let mut nodes = Self {
            nodes: Vec::new(),
            revisions,
        };
        nodes.nodes = (0..count).map(|_| nodes.node()).collect();
        nodes
    }

    fn node(&self) -> (Hub<u8>, MockClock) {
        let node = Hub::builder().revisions(self.revisions);
        node.build_with_mock_clock()
    }

    /// A new hub that knows nothing of what was. Its clients are gone with the old one.
    fn restart(&mut self, node: usize) {
        self.nodes[node] = self.node();
    }

    fn notify(&self, key: u8) {
        for (hub, _) in &self.nodes {
            hub.notify(&key);
        }
    }

    fn advance(&self, time: Duration) {
        for (_, clock) in &self.nodes {
            clock.advance(time);
        }
    }
}

type Pending = Pin<Box<dyn Future<Output = Result<Answer<Told>, Error>>>>;

struct Told {
    cursor: Cursor,
    is_expired: bool,
}

async fn poll(c: Continuation<u8>, keys: Vec<u8>, seen: Cursor) -> Outcome<Told> {
    if !c.changed_any(&keys, &seen) && !c.is_expired() {
        return Err(c.suspend_any(&keys, HOLD));
    }
    Ok(Told {
        cursor: c.advance(seen),
        is_expired: c.is_expired(),
    })
}

/// Asks one node after the other, each with the cursor that the one before has told.
struct Client {
    keys: Vec<u8>,
    /// The text of its cursor.
    seen: String,
    next: usize,
    held: Option<(usize, Pending)>,
    /// How many polls it has sent, and how many answers it has got before their time was up.
    polls: usize,
    early: usize,
}

impl Client {
    fn new(keys: Vec<u8>) -> Self {
        Self {
            keys,
            seen: String::new(),
            next: 0,
            held: None,
            polls: 0,
            early: 0,
        }
    }

    /// Polls until it is held.
    fn poll(&mut self, nodes: &Nodes) {
        for _ in 0..1000 {
            let (node, mut pending) = self.held.take().unwrap_or_else(|| self.ask(nodes));
            let Some(answer) = pending.as_mut().now_or_never() else {
                self.held = Some((node, pending));
                return;
            };
            let told = answer.unwrap().into_inner().ok().unwrap();
            self.seen = told.cursor.to_string();
            self.early += usize::from(!told.is_expired);
        }
        panic!("it loops");
    }

    fn ask(&mut self, nodes: &Nodes) -> (usize, Pending) {
        let node = self.next % nodes.nodes.len();
        let Ok(seen) = self.seen.parse::<Cursor>();
        let keys = self.keys.clone();
        self.next += 1;
        self.polls += 1;
        let hub = &nodes.nodes[node].0;
        (
            node,
            Box::pin(hub.run(move |c| poll(c, keys.clone(), seen.clone()))),
        )
    }

    /// A node that restarts takes the connection with it.
    fn disconnect(&mut self, node: usize) {
        self.held = self.held.take().filter(|(held, _)| *held != node);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Notify(u8),
    Gap(usize),
    Restart(usize),
    Pass(u64),
    Poll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..KEYS).prop_map(Step::Notify),
        1 => any::<usize>().prop_map(Step::Gap),
        1 => any::<usize>().prop_map(Step::Restart),
        2 => (1..40_u64).prop_map(Step::Pass),
        4 => Just(Step::Poll),
    ]
}

/// Does what a story tells. Clients that poll have polled until they are held.
fn play(story: &[Step], nodes: &mut Nodes, client: &mut Client) {
    for step in story {
        match *step {
            Step::Notify(key) => nodes.notify(key),
            Step::Gap(node) => {
                let node = node % nodes.nodes.len();
                nodes.nodes[node].0.notify_every_key(Duration::ZERO);
            }
            Step::Restart(node) => {
                let node = node % nodes.nodes.len();
                nodes.restart(node);
                client.disconnect(node);
            }
            Step::Pass(seconds) => nodes.advance(Duration::from_secs(seconds)),
            Step::Poll => client.poll(nodes),
        }
    }
}

/// Each case has twelve hubs.
fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = config.cases / 4;
    ProptestConfig { cases, ..config }
}

proptest! {
    #![proptest_config(cases())]

    /// With few revisions or many, and with any text that the client begins with.
    #[test]
    fn a_client_that_sends_back_what_it_got_is_held_as_soon_as_nothing_changes_any_more(
        count in 1..=12_usize,
        revisions in 1..200_usize,
        keys in vec(0..KEYS, 1..4),
        begin in "([0-9a-f]{16}\\.[0-9]{1,4}-?|-|x){0,4}",
        story in vec(step(), 0..60),
    ) {
        let (mut nodes, mut client) = (Nodes::new(count, revisions), Client::new(keys));
        client.seen = begin;
        play(&story, &mut nodes, &mut client);

        // Each node may have news for it, once.
        client.early = 0;
        for _ in 0..count {
            client.poll(&nodes);
            nodes.advance(HOLD);
        }
        prop_assert!(client.early <= count);

        // From now on each poll is held to its end.
        let before = (client.early, client.polls);
        for _ in 0..3 * count {
            client.poll(&nodes);
            nodes.advance(HOLD);
        }
        prop_assert_eq!((client.early, client.polls), (before.0, before.1 + 3 * count));
    }

    /// Each event adds twelve answers at most, each restart or gap one, and there is one for the first look at each
    /// node.
    #[test]
    fn of_twelve_nodes_an_event_adds_twelve_answers_at_most_and_a_restart_one(
        keys in vec(0..KEYS, 1..4),
        story in vec(step(), 0..80),
    ) {
        let (mut nodes, mut client) = (Nodes::new(12, 100_000), Client::new(keys));
        play(&story, &mut nodes, &mut client);
        for _ in 0..40 {
            client.poll(&nodes);
            nodes.advance(HOLD);
        }
        let count = |is_one: fn(&Step) -> bool| story.iter().filter(|step| is_one(step)).count();
        let events = count(|step| matches!(step, Step::Notify(_)));
        let of_one_node = count(|step| matches!(step, Step::Restart(_) | Step::Gap(_)));
        let most = 12 + 12 * events + of_one_node;
        prop_assert!(client.early <= most, "{} > {most}", client.early);
    }
}

/// Lets some minutes pass, ten seconds at a time. Returns how many polls there were, and how many were answered early.
fn minutes(minutes: u32, nodes: &Nodes, client: &mut Client) -> (usize, usize) {
    let before = (client.polls, client.early);
    client.poll(nodes);
    for _ in 0..minutes * 6 {
        nodes.advance(Duration::from_secs(10));
        client.poll(nodes);
    }
    (client.polls - before.0, client.early - before.1)
}

/// A client that all of twelve nodes know.
fn settled() -> (Nodes, Client) {
    let (nodes, mut client) = (Nodes::new(12, 100_000), Client::new(vec![0, 1]));
    client.poll(&nodes);
    assert_eq!(
        (client.polls, client.early),
        (13, 12),
        "one answer of each node"
    );
    (nodes, client)
}

/// How many polls of 30 seconds fit into ten minutes.
const POLLS: usize = 10 * 60 / 30;

#[test]
fn without_events_a_client_of_twelve_nodes_polls_twice_a_minute() {
    let (nodes, mut client) = settled();
    for _ in 0..10 {
        assert_eq!(minutes(10, &nodes, &mut client), (POLLS, 0));
    }
}

#[test]
fn an_event_adds_an_answer_of_each_node_and_then_each_poll_is_held() {
    let (nodes, mut client) = settled();
    for _ in 0..5 {
        nodes.notify(1);
        let (polls, early) = minutes(10, &nodes, &mut client);
        assert_eq!(early, 12);
        assert!(polls <= POLLS + 12, "{polls}");
        assert_eq!(minutes(10, &nodes, &mut client), (POLLS, 0));
    }
    nodes.notify(2);
    assert_eq!(
        minutes(10, &nodes, &mut client),
        (POLLS, 0),
        "of no key of its own"
    );
}

#[test]
fn a_restart_adds_one_answer_for_each_node_that_restarts() {
    let (mut nodes, mut client) = settled();
    for restarted in [vec![3], vec![5, 7], (0..12).collect()] {
        for node in &restarted {
            nodes.restart(*node);
            client.disconnect(*node);
        }
        let (polls, early) = minutes(10, &nodes, &mut client);
        assert_eq!(early, restarted.len());
        assert!(polls <= POLLS + restarted.len() + 1, "{polls}");
        assert_eq!(minutes(10, &nodes, &mut client), (POLLS, 0));
    }
}

#[test]
fn after_so_many_restarts_that_its_cursor_is_full_a_client_still_goes_on() {
    let (mut nodes, mut client) = settled();
    for round in 0..70 {
        let node = round % 12;
        nodes.restart(node);
        client.disconnect(node);
        let (_, early) = minutes(6, &nodes, &mut client);
        assert_eq!(early, 1);
        assert!(client.seen.len() <= 2048);
    }
}
