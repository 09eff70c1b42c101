//! One request asks several services at once, and is executed again when the last of them has answered: what Jetty's
//! `AsyncRestServlet` showed.
//!
//! `cargo run --example fan_out --features axum`, then this. The variable PORT chooses another port.
//!
//! ```sh
//! curl 'localhost:3000/tea'            # what all shops want for it, when the slowest has said so
//! curl 'localhost:3000/tea?within=200' # what is known after 200 milliseconds
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::env;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Handle, Hub, Outcome};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> io::Result<()> {
    let hub = Hub::new();
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("fanning out on http://{}", listener.local_addr()?);
    axum::serve(listener, app(hub.clone()))
        .with_graceful_shutdown(async move {
            let _ = ctrl_c().await;
            hub.shutdown(); // lets everybody go who waits for a shop
        })
        .await
}

/// Requests wait for nothing but their own survey, so the hub needs no keys.
fn app(hub: Hub<Infallible>) -> Router {
    let compare = get(compare).layer(ResumeLayer::new(hub));
    Router::new().route("/{goods}", compare)
}

#[derive(Deserialize)]
struct Patience {
    /// In milliseconds.
    within: Option<u64>,
}

/// Answers with the prices that there are when the last shop has said its own, or when the time is up.
async fn compare(
    c: Continuation<Infallible>,
    Path(goods): Path<String>,
    Query(patience): Query<Patience>,
) -> Outcome<String> {
    // The last shop may well answer before this pass has ended: a wake before the wait is remembered. So the shops need
    // not be asked after the suspension, and can be asked here.
    let survey = c.attribute_or_insert_with(|| Survey::begin(&goods, &c.handle()));
    if survey.answers.are_complete() || c.is_expired() {
        return Ok(survey.answers.report());
    }
    let patience = patience.within.unwrap_or(5000);
    Err(c.suspend_for(Duration::from_millis(patience)))
}

/// What a request has under way. It is an attribute, so it goes with the request; and then no shop is waited for any
/// more, whether the time was up or the client has gone.
struct Survey {
    answers: Arc<Answers>,
    _shops: JoinSet<()>,
}

impl Survey {
    fn begin(goods: &str, request: &Handle) -> Self {
        let answers = Arc::new(Answers::default());
        let ask = |shop: &'static Shop| {
            let (answers, goods, request) = (answers.clone(), goods.to_owned(), request.clone());
            async move {
                let price = shop.price(&goods).await;
                if answers.add(shop, price) {
                    request.resume();
                }
            }
        };
        let shops = SHOPS.iter().map(ask).collect();
        Self {
            answers,
            _shops: shops,
        }
    }
}

struct Answers {
    prices: Mutex<BTreeMap<&'static str, usize>>,
    /// Shops that have not answered.
    outstanding: AtomicUsize,
}

impl Answers {
    /// Returns whether this is the last one: of any number of shops that answer at once, one is.
    fn add(&self, shop: &'static Shop, price: usize) -> bool {
        self.prices.lock().unwrap().insert(shop.name, price);
        self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1
    }

    fn are_complete(&self) -> bool {
        self.outstanding.load(Ordering::Acquire) == 0
    }

    fn report(&self) -> String {
        let prices = self.prices.lock().unwrap();
        let line = |shop: &Shop| match prices.get(shop.name) {
            Some(price) => format!("{}: {price}\n", shop.name),
            None => format!("{}: no answer yet\n", shop.name),
        };
        SHOPS.iter().map(line).collect()
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            prices: Mutex::default(),
            outstanding: AtomicUsize::new(SHOPS.len()),
        }
    }
}

/// A service somewhere else, as far as it can be told from here.
struct Shop {
    name: &'static str,
    takes: Duration,
}

impl Shop {
    async fn price(&self, goods: &str) -> usize {
        sleep(self.takes).await;
        goods.len() * self.name.len()
    }
}

static SHOPS: [Shop; 3] = [
    Shop {
        name: "the harbour",
        takes: Duration::from_millis(100),
    },
    Shop {
        name: "the bazaar",
        takes: Duration::from_millis(700),
    },
    Shop {
        name: "the corner shop",
        takes: Duration::from_millis(20),
    },
];
