//! 10,000 requests that wait for one key, and three ways to give all of them the same answer.
//!
//! `cargo bench --bench crowd`

use std::convert::Infallible;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Answer, Error, Hub, MockClock, Share, Suspended};
use http::Response;
use support::measure::{Spread, Watch};

fn main() {
    println!("| {WAITING} requests answered | ns per request | to passes |\n|---|---|---|");
    let ways: [(&str, Way); 3] = [
        ("in passes, each of which makes the answer", in_passes),
        ("in passes, with `Share`", by_share),
        ("by `respond`, without a pass", by_respond),
    ];
    // In alternation, so that the noise of the machine falls on all of them.
    let rounds: Vec<_> = (0..ROUNDS).map(|_| ways.map(|(_, way)| way())).collect();
    for (index, (name, _)) in ways.iter().enumerate() {
        let nanos = Spread::of(rounds.iter().map(|round| round[index]));
        let ratio = Spread::of(rounds.iter().map(|round| round[index] / round[0]));
        println!("| {name} | {nanos} | {ratio} |");
    }
}

/// Returns the nanoseconds for each request.
type Way = fn() -> f64;

const WAITING: usize = 10_000;
const ROUNDS: usize = 21;
const HOLD: Duration = Duration::from_secs(30);
const KEY: &str = "news";

/// A request on its way to an answer.
type Request = Pin<Box<dyn Future<Output = Result<Answer<Bytes>, Error>>>>;

fn in_passes() -> f64 {
    let (hub, _clock) = hub();
    let requests = held(|| {
        hub.run(|c| {
            let answer = match c.is_initial() {
                true => Err(c.suspend(KEY, HOLD)),
                false => Ok(page()),
            };
            async { answer }
        })
    });
    answered(requests, || _ = hub.notify(KEY))
}

fn by_share() -> f64 {
    let (hub, _clock) = hub();
    let pages = Arc::new(Share::new(&hub));
    let requests = held(|| {
        let pages = Arc::clone(&pages);
        hub.run(move |c| {
            let pages = Arc::clone(&pages);
            async move {
                if c.is_initial() {
                    return Err(c.suspend(KEY, HOLD));
                }
                let Ok(page) = pages
                    .get(KEY, &(), async || Ok::<_, Infallible>(page()))
                    .await;
                Ok::<_, Suspended>(Bytes::clone(&page))
            }
        })
    });
    answered(requests, || _ = hub.notify(KEY))
}

fn by_respond() -> f64 {
    let (hub, _clock) = hub();
    let requests = held(|| {
        hub.run(|c| {
            let token = c.suspend(KEY, HOLD);
            async { Err(token) }
        })
    });
    answered(requests, || _ = hub.respond(KEY, Response::new(page())))
}

fn hub() -> (Hub<String>, MockClock) {
    Hub::with_mock_clock()
}

/// What a client gets: fifty lines of a room, about two kilobytes.
fn page() -> Bytes {
    let mut page = String::new();
    for line in 0..50 {
        let _ = writeln!(page, "{line}: something that was said in the room");
    }
    page.into()
}

fn held<F: Future<Output = Result<Answer<Bytes>, Error>> + 'static>(
    request: impl Fn() -> F,
) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for _ in 0..WAITING {
        let mut request = Box::pin(request());
        assert!(poll(request.as_mut()).is_pending());
        requests.push(request);
    }
    requests
}

/// The nanoseconds for each request from the notify to the end of its answer.
fn answered(requests: Vec<Request>, notify: impl FnOnce()) -> f64 {
    let watch = Watch::start();
    notify();
    for mut request in requests {
        assert!(poll(request.as_mut()).is_ready());
    }
    watch.elapsed().as_nanos() as f64 / WAITING as f64
}

fn poll<F: Future + ?Sized>(request: Pin<&mut F>) -> Poll<F::Output> {
    request.poll(&mut Context::from_waker(Waker::noop()))
}
