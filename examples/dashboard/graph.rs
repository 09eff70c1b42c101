//! What the hub has done in the last minutes: a point for each second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dacapo::mailbox::{Item, Mailbox, Position, Read};
use dacapo::stream::Event;
use dacapo::{Continuation, Error, Hub, Outcome};
use futures::{Stream, TryStreamExt};
use serde::Serialize;

use super::figures::{Figure, figures};

/// Five minutes.
const POINTS: usize = 300;

const HEARTBEAT: Duration = Duration::from_secs(15);

/// The points, which pages follow. Their requests are held by a hub of their own, so that the figures are only those of
/// the hub that is watched. Clones are the same.
#[derive(Clone)]
pub(crate) struct Graph {
    watched: Hub<String>,
    hub: Hub<()>,
    points: Mailbox<(), Point>,
    began: u64,
}

/// What had been done at some time, and what was held then.
#[derive(Serialize)]
struct Point {
    /// In seconds since 1970.
    at: u64,
    held: usize,
    passes: u64,
    wakes: u64,
    timeouts: u64,
    notifies: u64,
    gone: u64,
    gaps: u64,
}

/// What a page gets.
#[derive(Serialize)]
struct News {
    /// When the server began.
    began: u64,
    points: Vec<Item<Point>>,
    figures: Vec<Figure>,
}

impl Graph {
    pub(crate) fn of(watched: &Hub<String>) -> Self {
        let hub = Hub::new();
        let points = Mailbox::builder(&hub).max_len(POINTS);
        Self {
            watched: watched.clone(),
            points: points.build(),
            hub,
            began: now(),
        }
    }

    pub(crate) fn draw(&self) {
        let stats = self.watched.stats();
        let point = Point {
            at: now(),
            held: stats.suspended,
            passes: stats.passes.total(),
            wakes: stats.waits.resumed + stats.waits.completed,
            timeouts: stats.waits.expired,
            notifies: stats.notifies,
            gone: stats.waits.cancelled,
            gaps: stats.relayed.gaps.total(),
        };
        let drawn = self.points.push(&(), point);
        drawn.expect("a mailbox has space for a point");
    }

    /// The points after a position, as JSON. The first event has all.
    pub(crate) fn points(
        &self,
        seen: Position,
    ) -> impl Stream<Item = Result<Event<String, Position>, Error>> + Send + use<> {
        let graph = self.clone();
        let news = async move |c: Continuation<()>, seen: Position| graph.news(&c, &seen);
        let json = |news: News| serde_json::to_string(&news).expect("names are strings");
        self.hub
            .stream(seen, news)
            .map_ok(move |event| event.map(json))
    }

    fn news(&self, c: &Continuation<()>, seen: &Position) -> Outcome<(News, Position)> {
        let (Read::Batch(batch) | Read::Gap(batch)) = self.points.read([&()], seen, POINTS);
        if batch.items.is_empty() {
            return Err(c.suspend(&(), HEARTBEAT));
        }
        let news = News {
            began: self.began,
            points: batch.items,
            figures: figures(&self.watched.stats()),
        };
        Ok((news, batch.next))
    }

    pub(crate) fn shutdown(&self) {
        self.hub.shutdown();
    }
}

#[expect(clippy::disallowed_methods, reason = "people read it")]
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}
