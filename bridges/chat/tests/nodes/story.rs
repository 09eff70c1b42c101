//! What 500 clients do, and whether each of them gets each line in time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, interval, sleep, timeout};

use crate::client::{get, post, stream};
use crate::cluster::{Cluster, SILENCE};

pub(crate) const ROOMS: usize = 50;

/// Tabs in each room: the last one streams, the others poll.
pub(crate) const PER_ROOM: usize = 10;

/// How late a line may be after the last fault: the silence of a node, or a beat and the patience; a try that hangs, a
/// pause, the spread, and what a machine under load adds. The hold is longer.
const BOUND: Duration = Duration::from_millis(3000 + 1000 + 1000 + 375 + 2000);

/// The tabs that say something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speakers {
    None,
    /// The first of each room.
    First,
    All,
}

pub(crate) struct Story {
    speakers: Speakers,
    log: Arc<Log>,
    clients: JoinSet<()>,
    /// Returns the lines that are not accepted yet.
    speaker: JoinHandle<JoinSet<()>>,
}

#[derive(Default)]
struct Log {
    /// The lines that were accepted.
    said: Mutex<Vec<Said>>,
    /// When a tab has got a line, by room, tab and line.
    got: Mutex<HashMap<(usize, usize, String), Instant>>,
    answers: Vec<AtomicUsize>,
    /// Requests that got no answer, or no good one.
    failures: AtomicUsize,
    /// The speakers have stopped.
    is_over: AtomicBool,
    faults: Mutex<Vec<(Instant, Option<Instant>)>>,
}

#[derive(Clone)]
struct Said {
    room: usize,
    tab: usize,
    id: String,
    at: Instant,
}

impl Story {
    /// Starts the clients, and returns when each has its first answers.
    pub(crate) async fn begin(cluster: &Cluster, speakers: Speakers) -> Self {
        assert_eq!(
            SILENCE.as_millis(),
            3000,
            "the bound is that of this silence"
        );
        let answers = (0..ROOMS * PER_ROOM).map(|_| AtomicUsize::new(0)).collect();
        let log = Arc::new(Log {
            answers,
            ..Log::default()
        });
        let (mut clients, port) = (JoinSet::new(), cluster.port);
        for room in 0..ROOMS {
            for tab in 0..PER_ROOM - 1 {
                clients.spawn(polls(log.clone(), port, room, tab));
            }
            clients.spawn(streams(log.clone(), port, room, PER_ROOM - 1));
        }
        let has_answer = |tab: usize| log.answers[tab].load(Ordering::Relaxed) > 0;
        let is_polling = |tab: &usize| tab % PER_ROOM < PER_ROOM - 1;
        let all_have = || (0..ROOMS * PER_ROOM).filter(is_polling).all(has_answer);
        let answered = async {
            while !all_have() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), answered)
            .await
            .expect("each tab is answered");
        sleep(Duration::from_secs(2)).await; // then they are held
        let speaker = tokio::spawn(speaks(log.clone(), port, speakers));
        Self {
            speakers,
            log,
            clients,
            speaker,
        }
    }

    /// A fault begins. Returns its number.
    pub(crate) fn fault(&self) -> usize {
        let mut faults = self.log.faults.lock().unwrap();
        faults.push((Instant::now(), None));
        faults.len() - 1
    }

    pub(crate) fn is_over(&self, fault: usize) {
        self.log.faults.lock().unwrap()[fault].1 = Some(Instant::now());
    }

    /// The answers to polls.
    pub(crate) fn all_answers(&self) -> usize {
        self.log
            .answers
            .iter()
            .map(|answers| answers.load(Ordering::Relaxed))
            .sum()
    }

    /// Waits until all lines are accepted, and as long as they may take. Then it judges.
    pub(crate) async fn end(mut self) -> End {
        self.log.is_over.store(true, Ordering::Relaxed);
        let mut saying = self.speaker.await.unwrap();
        while saying.join_next().await.is_some() {}
        if self.speakers != Speakers::None {
            sleep(BOUND).await;
        }
        self.clients.shutdown().await;
        End::of(&self.log)
    }
}

pub(crate) struct End {
    said: Vec<Said>,
    answers: Vec<usize>,
    pub(crate) failures: usize,
    /// What was not seen in time.
    pub(crate) late: Vec<String>,
}

impl End {
    fn of(log: &Log) -> Self {
        let mut end = Self {
            said: log.said.lock().unwrap().clone(),
            answers: log.answers.iter().map(count).collect(),
            failures: count(&log.failures),
            late: Vec::new(),
        };
        let took = end.judge(log);
        end.print(took, log.faults.lock().unwrap().len());
        end
    }

    /// Every tab must have got each line of its room in time, except its own. Returns how long each took.
    fn judge(&mut self, log: &Log) -> Vec<Duration> {
        let (got, mut took) = (log.got.lock().unwrap(), Vec::new());
        for line in &self.said {
            let deadline = log.deadline(line.at);
            for tab in (0..PER_ROOM).filter(|tab| *tab != line.tab) {
                let at = got.get(&(line.room, tab, line.id.clone()));
                took.extend(at.map(|at| at.saturating_duration_since(line.at)));
                match at {
                    Some(at) if *at <= deadline => {}
                    Some(at) => {
                        let after = *at - line.at;
                        self.late
                            .push(format!("{} in tab {tab}: {after:?}", line.id));
                    }
                    None => self.late.push(format!("{} in tab {tab}: never", line.id)),
                }
            }
        }
        took
    }

    fn print(&self, mut took: Vec<Duration>, faults: usize) {
        took.sort();
        let percentile = |part: f64| took.get(((took.len().max(1) - 1) as f64 * part) as usize);
        println!(
            "{} lines to {} tabs of {}, {faults} faults: {} late or never seen, {} requests failed and were sent again; accepted to seen: p50 {:?}, p90 {:?}, p99 {:?}, longest {:?}",
            self.said.len(),
            PER_ROOM - 1,
            ROOMS * PER_ROOM,
            self.late.len(),
            self.failures,
            percentile(0.5),
            percentile(0.9),
            percentile(0.99),
            percentile(1.0),
        );
    }

    pub(crate) fn lines_of(&self, room: usize) -> usize {
        self.said.iter().filter(|line| line.room == room).count()
    }

    pub(crate) fn answers(&self, room: usize, tab: usize) -> usize {
        self.answers[room * PER_ROOM + tab]
    }
}

/// A tab that polls, as the page of the chat does.
async fn polls(log: Arc<Log>, port: u16, room: usize, tab: usize) {
    let (mut last, mut seen) = (String::new(), String::new());
    loop {
        let path = format!("/room{room}?tab={tab}&last={last}&seen={seen}");
        let Ok((200, body)) = get(port, &path, "").await else {
            log.failures.fetch_add(1, Ordering::Relaxed);
            pause().await;
            continue;
        };
        log.answers[room * PER_ROOM + tab].fetch_add(1, Ordering::Relaxed);
        let news: Value = serde_json::from_slice(&body).unwrap();
        log.gets(room, tab, &news["lines"]);
        last = news["last"].as_str().unwrap().into();
        seen = news["seen"].as_str().unwrap().into();
    }
}

/// A tab that streams, as an `EventSource` does.
async fn streams(log: Arc<Log>, port: u16, room: usize, tab: usize) {
    let mut last = String::new();
    loop {
        let path = format!("/room{room}/lines");
        let from = last.clone();
        let streaming = stream(port, &path, &from, |id, data| {
            last = id.into();
            log.gets(room, tab, &serde_json::from_str(data).unwrap());
        });
        let _ = streaming.await;
        pause().await;
    }
}

/// Says 20 lines in each second, in a room at random.
async fn speaks(log: Arc<Log>, port: u16, speakers: Speakers) -> JoinSet<()> {
    let mut saying = JoinSet::new();
    let mut pace = interval(Duration::from_millis(50));
    while !log.is_over.load(Ordering::Relaxed) {
        pace.tick().await;
        let tab = match speakers {
            Speakers::None => break,
            Speakers::First => 0,
            Speakers::All => fastrand::usize(..PER_ROOM),
        };
        saying.spawn(says(log.clone(), port, fastrand::usize(..ROOMS), tab));
    }
    saying
}

/// Says a line until it is accepted.
async fn says(log: Arc<Log>, port: u16, room: usize, tab: usize) {
    let id = format!("{room}-{tab}-{:016x}", fastrand::u64(..));
    let line = json!({ "id": id, "tab": tab.to_string(), "text": "hello" }).to_string();
    while !matches!(post(port, &format!("/room{room}"), &line).await, Ok(204)) {
        log.failures.fetch_add(1, Ordering::Relaxed);
        pause().await;
    }
    let at = Instant::now();
    log.said.lock().unwrap().push(Said { room, tab, id, at });
}

impl Log {
    /// The bound counts from the end of the last fault that reaches into it.
    fn deadline(&self, at: Instant) -> Instant {
        let mut deadline = at + BOUND;
        for (begin, end) in self.faults.lock().unwrap().iter() {
            let end = end.expect("each fault is over");
            if *begin <= deadline && end > at {
                deadline = deadline.max(end + BOUND);
            }
        }
        deadline
    }

    fn gets(&self, room: usize, tab: usize, lines: &Value) {
        let at = Instant::now();
        let mut got = self.got.lock().unwrap();
        for line in lines.as_array().unwrap() {
            let id = line["id"].as_str().unwrap().to_owned();
            got.entry((room, tab, id)).or_insert(at);
        }
    }
}

fn count(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::Relaxed)
}

/// Before a request is sent again.
async fn pause() {
    sleep(Duration::from_millis(fastrand::u64(100..400))).await;
}
