//! So many requests a second from each client, and who asks more often has to wait: what Jetty's `DoSFilter` was for.
//!
//! `cargo run --example throttle --features axum`, then this. The variable PORT chooses another port.
//!
//! ```sh
//! curl 'localhost:3000/?[1-12]'    # three at once, and then three a second
//! curl -Z 'localhost:3000/?[1-12]' # as many at a time: three at once, six delayed, and the others sent away
//! ```
//!
//! An address is a client: who asks from another one, as `curl --interface 127.0.0.2` does, has a rate of its own.
//! (Behind a proxy all have the same, and the client is who the proxy says.)

mod signals;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub};
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::time::Instant;

#[tokio::main]
async fn main() -> io::Result<()> {
    let (hub, beginning) = (Hub::new(), Instant::now());
    let throttle = Throttle::new(3, 6, move || beginning.elapsed());
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("throttling on http://{}", listener.local_addr()?);
    let app = app(hub.clone(), throttle).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // lets everybody go who is delayed
        })
        .await
}

fn app(hub: Hub<Infallible>, throttle: Throttle) -> Router {
    Router::new()
        .route("/", get("here you are\n"))
        .layer(from_fn_with_state(throttle, delay))
        .layer(ResumeLayer::new(hub).max_hold(Duration::MAX))
}

/// Lets a request go on as soon as its client may have one more executed.
///
/// A delay is a wait that nothing but its end can end: the hub has no keys. It is not the hub of any handler inside,
/// which would take the end of the delay for the end of its own wait.
async fn delay(
    c: Continuation<Infallible>,
    State(throttle): State<Throttle>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    if c.is_initial() {
        match throttle.admit(client.ip()) {
            Ok(Duration::ZERO) => {}
            // From now, since the body may have taken some time to arrive.
            Ok(delay) => return c.suspend_for(delay).timeout_from_now().into_response(),
            Err(TooMany { retry_after }) => return come_back(retry_after),
        }
    }
    next.run(request).await
}

fn come_back(after: Duration) -> Response {
    let seconds = after.as_secs_f64().ceil();
    let headers = [(RETRY_AFTER, seconds.to_string())];
    let body = "too many requests: come back later\n";
    (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
}

/// Who may have how many requests executed, and when. Clones are the same.
#[derive(Clone)]
struct Throttle {
    /// Requests that are executed for one client in any second.
    rate: usize,
    /// Requests of one client that are delayed at once.
    delayed: usize,
    /// The time since some beginning. It is never set back, as the time of day may be.
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// Each client has a seat by its hash, which nobody can foresee. There are no more of them, whoever asks; that two
    /// clients have to share one is rare.
    seats: Arc<[Mutex<Seat>]>,
    hasher: RandomState,
}

const SEATS: usize = 1 << 16;

/// A client has as many requests delayed as it may.
#[derive(Debug, PartialEq)]
struct TooMany {
    retry_after: Duration,
}

impl Throttle {
    fn new(
        rate: usize,
        delayed: usize,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            rate: rate.max(1),
            delayed,
            clock: Arc::new(clock),
            seats: (0..SEATS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Returns how long a request of this client is to be delayed.
    ///
    /// It has its place in time from now on, whether the client waits for it or not: who asks and hangs up has asked.
    fn admit(&self, client: IpAddr) -> Result<Duration, TooMany> {
        let seat = self.seat(client);
        let mut seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        let start = seat.next_start(self.rate, now);
        let delay = start - now;
        if !delay.is_zero() && seat.delayed(now) >= self.delayed {
            return Err(TooMany { retry_after: delay });
        }
        seat.starts.push_back(start);
        Ok(delay)
    }

    fn seat(&self, client: IpAddr) -> &Mutex<Seat> {
        let client = match client.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            // A client has a whole network of these, and may ask from any address in it.
            IpAddr::V6(address) => address.to_bits() >> 64,
        };
        let hash = self.hasher.hash_one(client);
        &self.seats[hash as usize % SEATS]
    }
}

/// When the latest requests of a client have begun to be executed, or will: none that is older than a second.
#[derive(Default)]
struct Seat {
    starts: VecDeque<Duration>,
}

impl Seat {
    /// When one more may begin: a second after the one that is `rate` before it.
    fn next_start(&mut self, rate: usize, now: Duration) -> Duration {
        let is_old = |start: &Duration| *start + SECOND <= now;
        while self.starts.front().is_some_and(is_old) {
            self.starts.pop_front();
        }
        let before = self.starts.len().checked_sub(rate);
        before.map_or(now, |before| self.starts[before] + SECOND)
    }

    fn delayed(&self, now: Duration) -> usize {
        self.starts.iter().filter(|start| **start > now).count()
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    use axum::body::Body;
    use dacapo::MockClock;
    use futures::future::BoxFuture;
    use futures::{FutureExt, SinkExt, channel::mpsc};
    use tower::ServiceExt;

    const MS: Duration = Duration::from_millis(1);
    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const NOW: Result<Duration, TooMany> = Ok(Duration::ZERO);

    fn throttle(rate: usize, delayed: usize) -> (Throttle, Hub<Infallible>, MockClock) {
        let (hub, clock) = Hub::with_mock_clock();
        let time = clock.clone();
        (Throttle::new(rate, delayed, move || time.now()), hub, clock)
    }

    /// An application that executes two requests a second, and delays two.
    fn shop() -> (impl Fn(Body) -> BoxFuture<'static, Response>, MockClock) {
        let (throttle, hub, clock) = throttle(2, 2);
        let app = app(hub, throttle);
        let ask = move |body| {
            let mut request = Request::new(body);
            let peer = ConnectInfo(SocketAddr::new(CLIENT, 0));
            request.extensions_mut().insert(peer);
            app.clone().oneshot(request).map(Result::unwrap).boxed()
        };
        (ask, clock)
    }

    fn status(answer: &mut BoxFuture<'static, Response>) -> Option<StatusCode> {
        answer.now_or_never().map(|response| response.status())
    }

    #[test]
    fn who_asks_too_often_is_delayed_and_who_does_so_all_the_same_is_sent_away() {
        let (ask, clock) = shop();
        let [mut first, mut second, mut third, mut fourth, fifth] =
            std::array::from_fn(|_| ask(Body::empty()));
        assert_eq!(status(&mut first), Some(StatusCode::OK));
        clock.advance(200 * MS);
        assert_eq!(status(&mut second), Some(StatusCode::OK));
        assert_eq!((status(&mut third), status(&mut fourth)), (None, None));
        let fifth = fifth.now_or_never().unwrap();
        assert_eq!(fifth.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(fifth.headers()[RETRY_AFTER], "2");

        assert_eq!(clock.advance(799 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(status(&mut third), Some(StatusCode::OK));
        assert_eq!(clock.advance(199 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(status(&mut fourth), Some(StatusCode::OK));
    }

    #[test]
    fn a_body_that_takes_its_time_does_not_shorten_the_delay() {
        let (ask, clock) = shop();
        let (mut sender, receiver) = mpsc::channel::<Result<&str, Infallible>>(1);
        let mut slow = ask(Body::from_stream(receiver));
        assert_eq!(status(&mut slow), None);
        clock.advance(SECOND);
        for _ in 0..2 {
            assert_eq!(status(&mut ask(Body::empty())), Some(StatusCode::OK));
        }
        sender.send(Ok("at last")).now_or_never();
        drop(sender);
        assert_eq!(status(&mut slow), None);
        assert_eq!(clock.advance(999 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(status(&mut slow), Some(StatusCode::OK));
    }

    #[test]
    fn no_second_sees_more_than_the_rate() {
        let (throttle, _hub, clock) = throttle(5, 7);
        let starts: Vec<_> = (0_u32..10_000)
            .filter_map(|index| {
                clock.advance(MS * (index * index % 311));
                let delay = throttle.admit(CLIENT).ok()?;
                Some(clock.now() + delay)
            })
            .collect();
        assert!(starts.is_sorted());
        assert!(starts.windows(6).all(|six| six[5] >= six[0] + SECOND));
        // And it is used up.
        let elapsed = clock.now().as_secs() as usize;
        assert!(
            starts.len() >= elapsed * 5 - 5,
            "{} in {elapsed}",
            starts.len()
        );
    }

    #[test]
    fn where_nobody_is_delayed_who_asks_too_often_is_sent_away_at_once() {
        let (throttle, _hub, _clock) = throttle(1, 0);
        let retry_after = SECOND;
        assert_eq!(throttle.admit(CLIENT), NOW);
        assert_eq!(throttle.admit(CLIENT), Err(TooMany { retry_after }));
    }

    #[test]
    fn a_client_has_no_part_in_the_rate_of_another() {
        let (throttle, _hub, _clock) = throttle(1, 1);
        let seat = |client| std::ptr::from_ref(throttle.seat(client));
        let other = |number: u32| IpAddr::from(number.to_be_bytes());
        let other = (1..).map(other).find(|other| seat(*other) != seat(CLIENT));
        assert_eq!(throttle.admit(CLIENT), NOW);
        assert_eq!(throttle.admit(CLIENT), Ok(SECOND));
        assert_eq!(throttle.admit(other.unwrap()), NOW);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let (throttle, _hub, _clock) = throttle(1, 1);
        let addresses = ["2001:db8::1", "2001:db8::ffff:1"].map(|text| text.parse().unwrap());
        let delays = addresses.map(|address| throttle.admit(address));
        assert_eq!(delays, [NOW, Ok(SECOND)]);
    }
}
