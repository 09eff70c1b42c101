//! Each client may send three requests a second. Further requests are delayed, and then refused. Jetty's `DoSFilter`
//! did the same.
//!
//! `cargo run --example throttle --features axum`, then try these. The variable PORT chooses another port.
//!
//! ```sh
//! curl 'localhost:3000/?[1-12]'    # three are answered at once, and then three a second
//! curl -Z 'localhost:3000/?[1-12]' # all at a time: three are answered at once, six are delayed, three are refused
//! ```
//!
//! A client is an address: another address, as with `curl --interface 127.0.0.2`, has a separate rate. (Behind a
//! proxy, all requests have the same address. There, use the address that the proxy reports.)
//!
//! The throttle is middleware that suspends, so it needs a `ResumeLayer` around it.

mod signals;

use std::convert::Infallible;
use std::env;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZero;
use std::sync::Arc;
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
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::time::{Instant, interval};

#[tokio::main]
async fn main() -> io::Result<()> {
    let (hub, beginning) = (Hub::new(), Instant::now());
    let share = Share {
        rate: 3,
        at_once: 3,
        delayed: 6,
    };
    let throttle = Throttle::new(&share, Time(Box::new(move || beginning.elapsed())));
    tokio::spawn(throttle.clone().forget());
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("throttling on http://{}", listener.local_addr()?);
    let app = app(hub.clone(), throttle).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers every request that is delayed
        })
        .await
}

fn app(hub: Hub<Infallible>, throttle: Throttle) -> Router {
    Router::new()
        .route("/", get("here you are\n"))
        .layer(from_fn_with_state(throttle, delay))
        .layer(ResumeLayer::new(hub).max_hold(Duration::MAX))
}

/// Continues a request as soon as its client may have another one executed.
///
/// A delay is a wait that only its timeout can end: the hub has no keys. It is not the hub of a handler inside. That
/// handler would mistake the end of the delay for the end of its wait.
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

/// Decides when a request of a client is executed. Clones share the state.
#[derive(Clone)]
struct Throttle {
    limiter: Arc<Limiter>,
    /// The part of its client's share that a request takes.
    each: NonZero<u32>,
    /// The last part of a share is for requests that are delayed.
    longest_delay: Duration,
}

/// A share is counted in microseconds and not in requests, so that the rest of it says how long to wait.
type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, Time, StateInformationMiddleware>;

/// The share of each client.
struct Share {
    /// Requests per second, at even intervals.
    rate: u32,
    /// Requests that are executed at once after a pause. All but one of them may come on top of the rate.
    at_once: u32,
    /// Requests that are delayed at a time, for an hour at most.
    delayed: u32,
}

/// The client has as many delayed requests as it may.
#[derive(Debug, PartialEq)]
struct TooMany {
    retry_after: Duration,
}

impl Throttle {
    fn new(share: &Share, time: Time) -> Self {
        let each = 1_000_000_u32.div_ceil(share.rate.max(1));
        let all = each * (share.at_once.max(1) + share.delayed);
        let [each, all] = [each, all].map(|part| NonZero::new(part).expect("more than nothing"));
        let quota = Quota::with_period(MICROSECOND).expect("more than nothing");
        let limiter = RateLimiter::hashmap_with_clock(quota.allow_burst(all), time);
        Self {
            limiter: Arc::new(limiter.with_middleware()),
            each,
            longest_delay: MICROSECOND * each.get() * share.delayed,
        }
    }

    /// Returns how long to delay a request of this client.
    ///
    /// The request counts from now on, even if its client hangs up.
    fn admit(&self, client: IpAddr) -> Result<Duration, TooMany> {
        let checked = self.limiter.check_key_n(&network(client), self.each);
        match checked.expect("a share is enough for one request") {
            Ok(share) => {
                let left = MICROSECOND * share.remaining_burst_capacity();
                Ok(self.longest_delay.saturating_sub(left))
            }
            Err(until) => {
                let enough_is_left = until.wait_time_from(self.limiter.clock().now());
                let retry_after = enough_is_left + self.longest_delay;
                Err(TooMany { retry_after })
            }
        }
    }

    /// Forgets clients with a whole share from time to time: a client that has never asked has a whole share too.
    async fn forget(self) {
        let mut seconds = interval(SECOND);
        loop {
            seconds.tick().await;
            self.limiter.retain_recent();
        }
    }
}

/// The client behind an address. With IPv6, a client has a whole network and may use any address in it.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// The time since some beginning. Unlike the time of day, it never goes back.
struct Time(Box<dyn Fn() -> Duration + Send + Sync>);

impl Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.0)()
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MICROSECOND: Duration = Duration::from_micros(1);

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

    fn throttle(share: [u32; 3]) -> (Throttle, Hub<Infallible>, MockClock) {
        let [rate, at_once, delayed] = share;
        let share = Share {
            rate,
            at_once,
            delayed,
        };
        let (hub, clock) = Hub::with_mock_clock();
        let time = clock.clone();
        let throttle = Throttle::new(&share, Time(Box::new(move || time.now())));
        (throttle, hub, clock)
    }

    /// An application that executes two requests a second, both at once if possible, and delays two.
    fn shop() -> (impl Fn(Body) -> BoxFuture<'static, Response>, MockClock) {
        let (throttle, hub, clock) = throttle([2, 2, 2]);
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
    fn a_client_above_its_rate_is_delayed_and_then_refused() {
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

        assert_eq!(clock.advance(299 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(status(&mut third), Some(StatusCode::OK));
        assert_eq!(clock.advance(499 * MS), 0);
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
        assert_eq!(clock.advance(499 * MS), 0);
        assert_eq!(clock.advance(MS), 1);
        assert_eq!(status(&mut slow), Some(StatusCode::OK));
    }

    #[test]
    fn no_second_sees_more_than_the_rate() {
        // Requests that are executed at once, all but one, come on top of the rate.
        for at_once in [1, 3] {
            let (throttle, _hub, clock) = throttle([5, at_once, 7]);
            let starts: Vec<_> = (0_u32..10_000)
                .filter_map(|index| {
                    clock.advance(MS * (index * index % 311));
                    let delay = throttle.admit(CLIENT).ok()?;
                    Some(clock.now() + delay)
                })
                .collect();
            assert!(starts.is_sorted());
            let too_many = 5 + at_once as usize;
            let mut windows = starts.windows(too_many);
            assert!(windows.all(|window| window[too_many - 1] >= window[0] + SECOND));
            // The rate is used in full.
            let (executed, elapsed) = (starts.len(), clock.now().as_secs() as usize);
            assert!(executed >= elapsed * 5 - 5, "{executed} in {elapsed}");
        }
    }

    #[test]
    fn without_delays_a_client_above_its_rate_is_refused_at_once() {
        let (throttle, _hub, _clock) = throttle([1, 1, 0]);
        let retry_after = SECOND;
        assert_eq!(throttle.admit(CLIENT), NOW);
        assert_eq!(throttle.admit(CLIENT), Err(TooMany { retry_after }));
    }

    #[test]
    fn a_client_has_no_part_in_the_rate_of_another() {
        let (throttle, _hub, _clock) = throttle([1, 1, 1]);
        let other = IpAddr::from([127, 0, 0, 2]);
        assert_eq!(throttle.admit(CLIENT), NOW);
        assert_eq!(throttle.admit(CLIENT), Ok(SECOND));
        assert_eq!(throttle.admit(other), NOW);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let (throttle, _hub, _clock) = throttle([1, 1, 1]);
        let addresses = ["2001:db8::1", "2001:db8::ffff:1"].map(|text| text.parse().unwrap());
        let delays = addresses.map(|address| throttle.admit(address));
        assert_eq!(delays, [NOW, Ok(SECOND)]);
    }
}
