use super::{after, before, diff};

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::response::Response;
use dacapo::{Hub, MockClock};
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::ServiceExt;

use crate::orders::Orders;
use crate::sessions::Sessions;

/// The application, with a customer that has placed the order number 1.
struct Shop {
    app: Router,
    orders: Orders,
    ada: String,
    bob: String,
}

impl Shop {
    async fn with(routes: impl FnOnce(Orders, Sessions) -> Router) -> Self {
        let (orders, sessions) = (Orders::default(), Sessions::default());
        let shop = Self {
            app: routes(orders.clone(), sessions.clone()),
            orders,
            ada: sessions.begin("ada".into()),
            bob: sessions.begin("bob".into()),
        };
        let placed = shop.send("POST", "/orders", &[("cookie", &shop.ada)], "");
        assert_eq!(text(placed.await).await, (200, order("placed", 1)));
        shop
    }

    async fn before() -> Self {
        Self::with(|orders, sessions| before::routes(before::Shop { orders, sessions })).await
    }

    async fn after() -> (Self, Hub<u64>, MockClock) {
        let (hub, clock) = Hub::with_mock_clock();
        let held = hub.clone();
        let shop = Self::with(move |orders, sessions| {
            after::routes(after::Shop {
                orders,
                sessions,
                hub,
            })
        });
        (shop.await, held, clock)
    }

    async fn both() -> [Self; 2] {
        [Self::before().await, Self::after().await.0]
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> BoxFuture<'static, Response> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).unwrap();
        let answer = self.app.clone().oneshot(request);
        answer.map(Result::unwrap).boxed()
    }

    /// Asks for a page of an order as this customer.
    fn page(&self, path: &str, customer: &str) -> BoxFuture<'static, Response> {
        self.send("GET", path, &[("cookie", customer)], "")
    }

    /// The page of the order, held, since it has the newest version.
    fn held_page(&self, hub: &Hub<u64>) -> BoxFuture<'static, Response> {
        let mut page = self.page("/orders/1?version=1", &self.ada);
        assert!(page.as_mut().now_or_never().is_none());
        assert_eq!(hub.waiter_count(&1), 1);
        page
    }

    async fn change(&self, state: &'static str) -> u16 {
        let headers = [("authorization", "Bearer baker")];
        let changed = self.send("PUT", "/orders/1/state", &headers, state);
        changed.await.status().as_u16()
    }
}

async fn text(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await;
    let body = String::from_utf8(body.unwrap().into()).unwrap();
    (status, body)
}

fn order(state: &str, version: u64) -> String {
    format!(r#"{{"number":1,"state":"{state}","version":{version}}}"#)
}

fn error(text: &str) -> String {
    format!(r#"{{"error":"{text}"}}"#)
}

#[test]
fn the_readme_shows_the_difference() {
    let (before, after) = (include_str!("before.rs"), include_str!("after.rs"));
    diff::shows_the_difference_of("axum", before, after);
}

#[tokio::test(start_paused = true)]
async fn in_both_an_order_is_shown_to_its_customer_alone() {
    for shop in Shop::both().await {
        let page = shop.page("/orders/1", &shop.ada).await;
        assert_eq!(text(page).await, (200, order("placed", 1)));
        let page = shop.page("/orders/1", &shop.bob).await;
        assert_eq!(text(page).await, (404, error("there is no such order")));
        let page = shop.page("/orders/1", "session=guessed").await;
        assert_eq!(text(page).await, (401, error("log in first")));
    }
}

#[tokio::test(start_paused = true)]
async fn in_both_a_customer_logs_in() {
    for shop in Shop::both().await {
        let answer = shop.send("POST", "/login", &[], "eve").await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let placed = shop
            .send("POST", "/orders", &[("cookie", cookie)], "")
            .await;
        assert_eq!(placed.status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn in_both_staff_alone_changes_an_order() {
    for shop in Shop::both().await {
        let headers = [("cookie", &*shop.ada)];
        let refused = shop.send("PUT", "/orders/1/state", &headers, "free").await;
        assert_eq!(text(refused).await, (403, error("only staff can do this")));
        assert_eq!(shop.change("baked").await, 200);
        let page = shop.page("/orders/1", &shop.ada).await;
        assert_eq!(text(page).await, (200, order("baked", 2)));
    }
}

#[tokio::test(start_paused = true)]
async fn in_both_a_failing_database_is_an_error_of_the_application() {
    for shop in Shop::both().await {
        shop.orders.go_down();
        let page = shop.page("/orders/1", &shop.ada).await;
        assert_eq!(text(page).await, (500, error("the database is down")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_with_the_newest_version_is_held_until_the_next_one() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    assert_eq!(shop.change("baked").await, 200);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (200, order("baked", 2)));
}

#[tokio::test(start_paused = true)]
async fn a_page_with_an_older_version_is_answered_at_once() {
    let (shop, _hub, _clock) = Shop::after().await;
    assert_eq!(shop.change("baked").await, 200);
    let page = shop.page("/orders/1?version=1", &shop.ada).await;
    assert_eq!(text(page).await, (200, order("baked", 2)));
}

#[tokio::test(start_paused = true)]
async fn when_its_time_is_up_a_page_gets_the_same_version() {
    let (shop, hub, clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    assert_eq!(clock.advance(after::HOLD), 1);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (200, order("placed", 1)));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_the_other_routes_does_not_end_a_hold() {
    let (shop, hub, _clock) = Shop::after().await;
    let mut page = shop.held_page(&hub);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(page.as_mut().now_or_never().is_none());
    assert_eq!(hub.waiter_count(&1), 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_a_later_pass_is_an_error_of_the_application() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    shop.orders.go_down();
    hub.notify(&1);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (500, error("the database is down")));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_sends_a_held_page_away_for_some_seconds() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    hub.shutdown();
    let page = page.now_or_never().unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.headers().contains_key("retry-after"));
}
