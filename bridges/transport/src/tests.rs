//! Bridges over a broker of this process, on simulated time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use dacapo::{Hub, MockClock, Relay};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::{Bridge, Broker, Down, Link, Publisher, Step};

#[tokio::test(start_paused = true)]
async fn it_is_up_only_when_its_own_line_has_come_back() {
    let broker = Fake::new();
    broker.set(Mode::Deaf);
    let mut node = Node::new(&broker);
    assert!(matches!(node.next().await, Link::Down(Down::NoEcho)));
    assert_eq!(node.hub.stats().relayed.gaps.connected, 0);
    broker.set(Mode::Open);
    assert!(matches!(node.next().await, Link::Up));
    assert_eq!(node.hub.stats().relayed.gaps.connected, 1);
}

#[tokio::test(start_paused = true)]
async fn the_line_of_another_publisher_proves_nothing() {
    let broker = Fake::new();
    broker.set(Mode::Deaf);
    let mut node = Node::new(&broker);
    let others = broker.lines.clone();
    let talk = tokio::spawn(async move {
        loop {
            let _ = others.send(b"x 0 b".into());
            sleep(PATIENCE / 10).await;
        }
    });
    assert!(matches!(node.next().await, Link::Down(Down::NoEcho)));
    talk.abort();
}

#[tokio::test(start_paused = true)]
async fn what_one_node_notifies_another_one_hears() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    let request = there.wait_for("a");
    here.relay.notify("a");
    request.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_carried_in_batches_and_without_a_gap() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    let last = there.wait_for("999");
    (0..1000).for_each(|key| _ = here.relay.notify(key.to_string().as_str()));
    last.await.unwrap();
    let relayed = there.hub.stats().relayed;
    assert_eq!((relayed.gaps.lost, relayed.gaps.connected), (0, 1));
    let batches = broker.batches.lock().unwrap();
    assert!(batches.iter().any(|lines| *lines > 100), "{batches:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_comes_back_with_a_gap() {
    let broker = Fake::new();
    let mut node = Node::new(&broker);
    node.is_up().await;
    broker.cut();
    let link = node.next().await;
    assert!(
        matches!(link, Link::Down(Down::Closed(Step::Follow))),
        "{link:?}"
    );
    node.is_up().await;
    let relayed = node.hub.stats().relayed;
    assert_eq!((relayed.gaps.connected, relayed.downs), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_silent_way_is_noticed_one_patience_after_the_next_beat() {
    let broker = Fake::new();
    let mut node = Node::new(&broker);
    node.is_up().await;
    for (mode, why) in [(Mode::Deaf, "deaf"), (Mode::Stalled, "stalled")] {
        broker.set(mode);
        let since = Instant::now();
        node.clock.advance(BEAT);
        let link = node.next().await;
        let is_silent = matches!(link, Link::Down(Down::NoAnswer(Step::Follow)));
        assert!(is_silent, "{why}: {link:?}");
        assert_eq!(since.elapsed(), PATIENCE, "{why}");
        broker.set(Mode::Open);
        node.is_up().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_that_hangs_or_fails_is_tried_again() {
    let broker = Fake::new();
    broker.set(Mode::Stalled);
    let mut node = Node::new(&broker);
    let link = node.next().await;
    assert!(
        matches!(link, Link::Down(Down::NoAnswer(Step::Connect))),
        "{link:?}"
    );
    broker.set(Mode::Closed);
    let link = node.next().await;
    let during = Step::Connect;
    assert!(
        matches!(link, Link::Down(Down::Failed { during: d, .. }) if d == during),
        "{link:?}"
    );
    broker.set(Mode::Open);
    node.is_up().await;
}

#[tokio::test(start_paused = true)]
async fn a_publisher_that_fails_ends_the_connection() {
    let broker = Fake::new();
    let mut node = Node::new(&broker);
    node.is_up().await;
    broker.set(Mode::Closed);
    node.relay.notify("a");
    let link = node.next().await;
    let during = Step::Follow;
    assert!(
        matches!(link, Link::Down(Down::Failed { during: d, .. }) if d == during),
        "{link:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_said_while_it_was_down_is_said_later() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    broker.set(Mode::Closed);
    here.relay.notify("lost");
    here.is_down().await;
    here.relay.notify("late");
    let request = there.wait_for("late");
    broker.set(Mode::Open);
    request.await.unwrap();
    assert_eq!(there.hub.stats().relayed.gaps.lost, 1, "the line before");
}

#[tokio::test(start_paused = true)]
async fn it_returns_when_the_relay_has_left_and_the_others_hear_of_it() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    here.relay.notify("a");
    here.relay.leave();
    here.task.await.unwrap();
    assert_eq!(there.silent_nodes_later().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_bridge_that_is_dropped_without_leaving_is_missed() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    let heard = there.wait_for("a");
    here.relay.notify("a");
    heard.await.unwrap();
    here.task.abort();
    assert_eq!(there.silent_nodes_later().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_lines_does_not_keep_it_from_speaking() {
    let broker = Fake::new();
    broker.flood.store(100_000, Ordering::Relaxed);
    let mut node = Node::new(&broker);
    let link = node.next().await;
    assert!(matches!(link, Link::Up), "{link:?}");
    assert!(broker.flood.load(Ordering::Relaxed) > 0, "it goes on");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_the_broker_cannot_carry_is_a_gap() {
    let broker = Fake::new();
    let (mut here, mut there) = (Node::new(&broker), Node::new(&broker));
    here.is_up().await;
    there.is_up().await;
    let request = there.wait_for("a");
    here.relay.notify("x".repeat(LONGEST).as_str());
    request.await.unwrap();
    let relayed = there.hub.stats().relayed;
    assert_eq!((relayed.gaps.lost, relayed.gaps.connected), (0, 1));
    assert_eq!(relayed.gaps.announced, 1);
    assert_eq!(here.hub.stats().relayed.downs, 0);
}

#[tokio::test(start_paused = true)]
async fn a_bridge_that_is_dropped_is_down_and_unsubscribed() {
    let broker = Fake::new();
    let mut node = Node::new(&broker);
    node.is_up().await;
    node.task.abort();
    node.task.await.unwrap_err();
    assert_eq!(node.hub.stats().relayed.up, 0);
    assert_eq!(broker.lines.receiver_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_text_is_a_gap() {
    let broker = Fake::new();
    let mut node = Node::new(&broker);
    node.is_up().await;
    broker.lines.send(vec![0xff]).unwrap();
    let request = node.wait_for("any key");
    request.await.unwrap();
    assert_eq!(node.hub.stats().relayed.gaps.unreadable, 1);
}

const PATIENCE: Duration = Duration::from_secs(5);
const BEAT: Duration = Duration::from_secs(5);

/// In which all tasks run as far as they can: the time is simulated.
const MOMENT: Duration = Duration::from_millis(1);

/// The longest line that the broker carries.
const LONGEST: usize = 4096;

/// What the broker does with connections, new and old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Open,
    /// It accepts lines, and delivers none.
    Deaf,
    /// It does not answer.
    Stalled,
    /// It reports errors.
    Closed,
}

#[derive(Clone)]
struct Fake {
    mode: Arc<watch::Sender<Mode>>,
    lines: broadcast::Sender<Vec<u8>>,
    /// Connections of an earlier generation have ended.
    generation: Arc<watch::Sender<u32>>,
    batches: Arc<Mutex<Vec<usize>>>,
    /// How many lines of another publisher are there for each subscriber, at once.
    flood: Arc<AtomicUsize>,
}

#[derive(Debug, thiserror::Error)]
#[error("it is closed")]
struct IsClosed;

impl Fake {
    fn new() -> Self {
        Self {
            mode: Arc::new(watch::Sender::new(Mode::Open)),
            lines: broadcast::Sender::new(4096),
            generation: Arc::default(),
            batches: Arc::default(),
            flood: Arc::default(),
        }
    }

    fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    async fn answer(&self) -> Result<Mode, IsClosed> {
        let mut mode = self.mode.subscribe();
        let mode = *mode.wait_for(|mode| *mode != Mode::Stalled).await.unwrap();
        match mode {
            Mode::Closed => Err(IsClosed),
            mode => Ok(mode),
        }
    }
}

impl Broker for Fake {
    const NAME: &'static str = "a broker of this process";

    type Error = IsClosed;
    type Publisher = Self;
    type Lines = BoxStream<'static, Vec<u8>>;

    async fn connect(&self) -> Result<(Self, Self::Lines), IsClosed> {
        self.answer().await?;
        let mut generation = self.generation.subscribe();
        generation.mark_unchanged();
        let ended = async move { _ = generation.changed().await };
        let lines = stream::unfold(self.lines.subscribe(), async |mut lines| {
            Some((lines.recv().await.ok()?, lines))
        });
        let left = |left: usize| left.checked_sub(1);
        let flood = self.flood.clone();
        let flood = stream::poll_fn(move |_| {
            let more = flood.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
            match more.is_ok() {
                true => Poll::Ready(Some(b"x 0 b".into())),
                false => Poll::Pending,
            }
        });
        let lines = stream::select(lines, flood);
        Ok((self.clone(), lines.take_until(Box::pin(ended)).boxed()))
    }
}

impl Publisher for Fake {
    type Error = IsClosed;

    fn longest_line(&self) -> usize {
        LONGEST
    }

    async fn publish(&mut self, lines: &[String]) -> Result<(), IsClosed> {
        let mode = self.answer().await?;
        assert!(lines.iter().all(|line| line.len() <= LONGEST));
        self.batches.lock().unwrap().push(lines.len());
        for line in lines.iter().filter(|_| mode == Mode::Open) {
            let _ = self.lines.send(line.clone().into_bytes());
        }
        Ok(())
    }
}

struct Node {
    hub: Hub<String>,
    clock: MockClock,
    relay: Relay<String>,
    links: mpsc::UnboundedReceiver<Link<IsClosed>>,
    task: JoinHandle<()>,
}

impl Node {
    fn new(broker: &Fake) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let relay = Relay::builder().spread(Duration::ZERO).build(&hub);
        let (report, links) = mpsc::unbounded_channel();
        let bridge = Bridge::<_, Fake>::new(broker.clone(), relay.clone())
            .patience(PATIENCE)
            .on_change(move |link| {
                let copy = match link {
                    Link::Up => Link::Up,
                    Link::Down(down) => Link::Down(copy(down)),
                };
                let _ = report.send(copy);
            });
        Self {
            hub,
            clock,
            relay,
            links,
            task: tokio::spawn(bridge.run()),
        }
    }

    async fn next(&mut self) -> Link<IsClosed> {
        let link = timeout(Duration::from_secs(3600), self.links.recv()).await;
        link.expect("it goes up or down").unwrap()
    }

    async fn is_up(&mut self) {
        while !matches!(self.next().await, Link::Up) {}
    }

    async fn is_down(&mut self) {
        while !matches!(self.next().await, Link::Down(_)) {}
    }

    /// How many nodes have fallen silent when their silence is over.
    async fn silent_nodes_later(&self) -> u64 {
        for _ in 0..10 {
            self.clock.advance(BEAT);
            sleep(MOMENT).await; // so that the bridge beats, and hears its own beat
        }
        self.hub.stats().relayed.gaps.silent
    }

    /// A request that is held, and answered when its key is notified.
    fn wait_for(&self, key: &str) -> JoinHandle<()> {
        let (hub, key) = (self.hub.clone(), key.to_owned());
        let mut request = Box::pin(async move {
            let answer = hub.run(async |c| match c.is_initial() {
                true => Err(c.suspend(&key, Duration::from_secs(60))),
                false => Ok(()),
            });
            answer.await.unwrap();
        });
        let first = futures::FutureExt::now_or_never(&mut request);
        assert!(first.is_none(), "it is held");
        tokio::spawn(async {
            let answered = timeout(Duration::from_secs(3600), request).await;
            answered.expect("it is notified");
        })
    }
}

fn copy(down: &Down<IsClosed>) -> Down<IsClosed> {
    match down {
        Down::Failed { during, .. } => Down::Failed {
            during: *during,
            error: IsClosed,
        },
        Down::Closed(step) => Down::Closed(*step),
        Down::NoAnswer(step) => Down::NoAnswer(*step),
        Down::NoEcho => Down::NoEcho,
    }
}
