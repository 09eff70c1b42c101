//! One request asks several services at once. It is executed again when the last of them has answered. Jetty's
//! example `AsyncRestServlet` did the same.
//!
//! `cargo run --example fan_out --features axum`, then try these. The variable PORT chooses another port.
//!
//! ```sh
//! curl 'localhost:3000/tea'            # the prices of all shops, when the slowest has answered
//! curl 'localhost:3000/tea?within=200' # the prices that are known after 200 milliseconds
//! curl 'localhost:3000/moonshine'      # one shop does not sell it; you get the prices of the others
//! ```

mod signals;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::env;
use std::io;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use dacapo::{Answer, Error, Handle, Hub};
use serde::Deserialize;
use signals::shutdown_signal;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> io::Result<()> {
    let hub = Hub::new();
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("fanning out on http://{}", listener.local_addr()?);
    axum::serve(listener, app(hub.clone(), &SHOPS))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers every request that waits for a shop
        })
        .await
}

fn app(hub: Hub<Infallible>, shops: &'static [Shop]) -> Router {
    let market = Market { hub, shops };
    Router::new()
        .route("/{goods}", get(compare))
        .with_state(market)
}

#[derive(Clone)]
struct Market {
    /// Each request waits only for its survey, so the hub needs no keys.
    hub: Hub<Infallible>,
    shops: &'static [Shop],
}

#[derive(Deserialize)]
struct Patience {
    /// In milliseconds.
    within: Option<u64>,
}

impl Patience {
    fn time(&self) -> Duration {
        Duration::from_millis(self.within.unwrap_or(5000))
    }
}

/// Answers with the prices that are known when all shops have answered, or when the time is up.
async fn compare(
    State(Market { hub, shops }): State<Market>,
    Path(goods): Path<String>,
    Query(patience): Query<Patience>,
) -> Result<Answer<String>, Error> {
    hub.run(async |c| {
        // The shops are asked before the suspension. The last one may answer before this pass has ended: a wake
        // before the wait is remembered.
        let survey = c.attribute_or_insert_with(|| Survey::begin(shops, &goods, c.handle()));
        if survey.is_complete() || c.is_expired() {
            return Ok(survey.report(shops));
        }
        Err(c.suspend_for(patience.time()))
    })
    .await
}

/// What a request has asked. It is an attribute, so it is dropped with the request, whether the request was answered
/// or its client has disconnected. Questions without an answer are aborted then.
struct Survey {
    quotes: Arc<Mutex<BTreeMap<&'static str, Quote>>>,
    outstanding: Weak<Outstanding>,
    _asking: JoinSet<()>,
}

/// Each question to a shop holds one of these. When the last is dropped, the request is resumed, whether that shop
/// has answered, failed or panicked.
struct Outstanding(Handle);

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.resume();
    }
}

impl Survey {
    fn begin(shops: &'static [Shop], goods: &str, request: Handle) -> Self {
        let quotes: Arc<Mutex<BTreeMap<_, _>>> = Arc::default();
        let outstanding = Arc::new(Outstanding(request));
        let ask = |shop: &'static Shop| {
            let (quotes, outstanding) = (Arc::clone(&quotes), Arc::clone(&outstanding));
            let goods = goods.to_owned();
            async move {
                let quote = shop.quote(&goods).await;
                quotes.lock().unwrap().insert(shop.name, quote);
                drop(outstanding);
            }
        };
        let asking = shops.iter().map(ask).collect();
        Self {
            outstanding: Arc::downgrade(&outstanding),
            _asking: asking,
            quotes,
        }
    }

    /// Whether each shop has answered, or has panicked and will never answer.
    fn is_complete(&self) -> bool {
        self.outstanding.strong_count() == 0
    }

    fn report(&self, shops: &[Shop]) -> String {
        let quotes = self.quotes.lock().unwrap();
        let line = |shop: &Shop| match quotes.get(shop.name) {
            Some(Ok(price)) => format!("{}: {price}\n", shop.name),
            Some(Err(reason)) => format!("{}: {reason}\n", shop.name),
            None if self.is_complete() => format!("{}: no answer\n", shop.name),
            None => format!("{}: no answer yet\n", shop.name),
        };
        shops.iter().map(line).collect()
    }
}

/// A price, or why there is none.
type Quote = Result<usize, &'static str>;

/// Stands for a service on another machine.
struct Shop {
    name: &'static str,
    takes: Duration,
    says: fn(&str) -> Quote,
}

impl Shop {
    async fn quote(&self, goods: &str) -> Quote {
        sleep(self.takes).await;
        (self.says)(goods)
    }
}

static SHOPS: [Shop; 3] = [
    Shop {
        name: "the harbour",
        takes: Duration::from_millis(100),
        says: |goods| Ok(goods.len() * 11),
    },
    Shop {
        name: "the bazaar",
        takes: Duration::from_millis(700),
        says: |goods| match goods {
            "moonshine" => Err("not here"),
            _ => Ok(goods.len() * 10),
        },
    },
    Shop {
        name: "the corner shop",
        takes: Duration::from_millis(20),
        says: |goods| Ok(goods.len() * 15),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use futures::FutureExt;
    use tokio::time::{Instant, timeout};
    use tower::ServiceExt;

    const MS: Duration = Duration::from_millis(1);

    /// The answer to a question, which must come within an hour. Tokio's time advances when all tasks wait.
    async fn ask(hub: &Hub<Infallible>, shops: &'static [Shop], question: &str) -> String {
        let request = Request::get(question).body(Body::empty()).unwrap();
        let answer = app(hub.clone(), shops).oneshot(request);
        let answer = timeout(Duration::from_secs(3600), answer).await;
        let body = answer.expect("an answer").unwrap().into_body();
        let text = to_bytes(body, 1024).await.unwrap();
        String::from_utf8(text.into()).unwrap()
    }

    const fn shop(name: &'static str, takes: u64, says: fn(&str) -> Quote) -> Shop {
        let takes = Duration::from_millis(takes);
        Shop { name, takes, says }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_shop_resumes_the_request_and_no_other_does() {
        let ((hub, _clock), began) = (Hub::with_mock_clock(), Instant::now());
        let answer = ask(&hub, &SHOPS, "/tea").await;
        assert_eq!(
            answer,
            "the harbour: 33\nthe bazaar: 30\nthe corner shop: 45\n"
        );
        assert_eq!(began.elapsed(), 700 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_so_if_it_has_failed_or_panicked() {
        static FAILS: [Shop; 2] = [
            shop("good", 1, |_| Ok(7)),
            shop("bad", 2, |_| Err("sold out")),
        ];
        static PANICS: [Shop; 2] = [
            shop("good", 1, |_| Ok(7)),
            shop("bad", 2, |_| panic!("the roof has come down")),
        ];
        let (hub, _clock) = Hub::with_mock_clock();
        let answer = ask(&hub, &FAILS, "/tea").await;
        assert_eq!(answer, "good: 7\nbad: sold out\n");
        let answer = ask(&hub, &PANICS, "/tea").await;
        assert_eq!(answer, "good: 7\nbad: no answer\n");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_or_panics_earlier_does_not_end_the_wait() {
        static SHOPS: [Shop; 3] = [
            shop("panics", 1, |_| panic!("the roof has come down")),
            shop("fails", 2, |_| Err("sold out")),
            shop("good", 3, |_| Ok(7)),
        ];
        let (hub, _clock) = Hub::with_mock_clock();
        let answer = ask(&hub, &SHOPS, "/tea").await;
        assert_eq!(answer, "panics: no answer\nfails: sold out\ngood: 7\n");
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_time_is_up_the_answer_is_what_is_known_and_no_shop_is_asked_any_more() {
        static LATE: AtomicUsize = AtomicUsize::new(0);
        static SHOPS: [Shop; 2] = [
            shop("good", 100, |_| Ok(7)),
            shop("late", 300, |_| Ok(LATE.fetch_add(1, Ordering::Relaxed))),
        ];
        let (hub, clock) = Hub::with_mock_clock();
        let mut answer = pin!(ask(&hub, &SHOPS, "/tea?within=200"));
        assert!(answer.as_mut().now_or_never().is_none());
        sleep(200 * MS).await;
        assert_eq!(clock.advance(200 * MS), 1);
        assert_eq!(answer.await, "good: 7\nlate: no answer yet\n");
        sleep(1000 * MS).await;
        assert_eq!(LATE.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_client_has_gone_no_shop_is_asked_any_more() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        static SHOPS: [Shop; 1] = [shop("good", 1, |_| {
            Ok(ASKED.fetch_add(1, Ordering::Relaxed))
        })];
        let (hub, _clock) = Hub::with_mock_clock();
        assert!(ask(&hub, &SHOPS, "/tea").now_or_never().is_none());
        sleep(1000 * MS).await;
        assert_eq!(ASKED.load(Ordering::Relaxed), 0);
        assert_eq!(hub.suspended_count(), 0);
    }
}
