use super::{after, before, diff};

use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{Data, ServiceConfig};
use dacapo::{Hub, MockClock};
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::orders::Orders;
use crate::sessions::Sessions;

/// The application, with a customer that has placed the order number 1.
struct Shop {
    send: Box<dyn Fn(TestRequest) -> Pending>,
    orders: Orders,
    ada: String,
    bob: String,
}

type Pending = LocalBoxFuture<'static, ServiceResponse>;

impl Shop {
    async fn with<C>(routes: impl FnOnce(Orders, Sessions) -> C) -> Self
    where
        C: FnOnce(&mut ServiceConfig),
    {
        let (orders, sessions) = (Orders::default(), Sessions::default());
        let app = App::new().configure(routes(orders.clone(), sessions.clone()));
        let app = init_service(app).await;
        let shop = Self {
            send: Box::new(move |request| {
                let answer = app.call(request.to_request());
                answer.map(Result::unwrap).boxed_local()
            }),
            orders,
            ada: sessions.begin("ada".into()),
            bob: sessions.begin("bob".into()),
        };
        let order = TestRequest::post().uri("/orders");
        let placed = (shop.send)(order.insert_header(("cookie", &*shop.ada)));
        assert_eq!(text(placed.await).await, (200, self::order("placed", 1)));
        shop
    }

    async fn before() -> Self {
        let shop = |orders, sessions| Data::new(before::Shop { orders, sessions });
        Self::with(|orders, sessions| before::routes(shop(orders, sessions))).await
    }

    async fn after() -> (Self, Hub<u64>, MockClock) {
        let (hub, clock) = Hub::with_mock_clock();
        let held = hub.clone();
        let shop = Self::with(move |orders, sessions| {
            after::routes(Data::new(after::Shop {
                orders,
                sessions,
                hub,
            }))
        });
        (shop.await, held, clock)
    }

    async fn both() -> [Self; 2] {
        [Self::before().await, Self::after().await.0]
    }

    /// Asks for a page of an order as this customer.
    fn page(&self, path: &str, customer: &str) -> Pending {
        let page = TestRequest::get().uri(path);
        (self.send)(page.insert_header(("cookie", customer)))
    }

    /// The page of the order, held, since it has the newest version.
    fn held_page(&self, hub: &Hub<u64>) -> Pending {
        let mut page = self.page("/orders/1?version=1", &self.ada);
        assert!(page.as_mut().now_or_never().is_none());
        assert_eq!(hub.waiter_count(&1), 1);
        page
    }

    async fn change(&self, state: &'static str, staff: &str) -> u16 {
        let change = TestRequest::put().uri("/staff/orders/1/state");
        let change = change.insert_header(("authorization", staff));
        let changed = (self.send)(change.set_payload(state)).await;
        changed.status().as_u16()
    }
}

const BAKER: &str = "Bearer baker";

async fn text(answer: ServiceResponse) -> (u16, String) {
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body()).await.unwrap();
    (status, String::from_utf8(body.into()).unwrap())
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
    diff::shows_the_difference_of("actix", before, after);
}

#[actix_web::test]
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

#[actix_web::test]
async fn in_both_a_customer_logs_in() {
    for shop in Shop::both().await {
        let login = TestRequest::post().uri("/login").set_payload("eve");
        let answer = (shop.send)(login).await;
        let cookie = answer.headers().get("set-cookie").unwrap().clone();
        let order = TestRequest::post().uri("/orders");
        let placed = (shop.send)(order.insert_header(("cookie", cookie))).await;
        assert_eq!(placed.status(), 200);
    }
}

#[actix_web::test]
async fn in_both_the_guard_lets_staff_alone_change_an_order() {
    for shop in Shop::both().await {
        assert_eq!(shop.change("free", "Bearer thief").await, 404);
        assert_eq!(shop.change("baked", BAKER).await, 200);
        let page = shop.page("/orders/1", &shop.ada).await;
        assert_eq!(text(page).await, (200, order("baked", 2)));
    }
}

#[actix_web::test]
async fn in_both_a_failing_database_is_an_error_of_the_application() {
    for shop in Shop::both().await {
        shop.orders.go_down();
        let page = shop.page("/orders/1", &shop.ada).await;
        assert_eq!(text(page).await, (500, error("the database is down")));
    }
}

#[actix_web::test]
async fn a_page_with_the_newest_version_is_held_until_the_next_one() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    assert_eq!(shop.change("baked", BAKER).await, 200);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (200, order("baked", 2)));
}

#[actix_web::test]
async fn a_page_with_an_older_version_is_answered_at_once() {
    let (shop, _hub, _clock) = Shop::after().await;
    assert_eq!(shop.change("baked", BAKER).await, 200);
    let page = shop.page("/orders/1?version=1", &shop.ada).await;
    assert_eq!(text(page).await, (200, order("baked", 2)));
}

#[actix_web::test]
async fn when_its_time_is_up_a_page_gets_the_same_version() {
    let (shop, hub, clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    assert_eq!(clock.advance(after::HOLD), 1);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (200, order("placed", 1)));
}

#[actix_web::test]
async fn an_error_in_a_later_pass_is_an_error_of_the_application() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    shop.orders.go_down();
    hub.notify(&1);
    let page = page.now_or_never().unwrap();
    assert_eq!(text(page).await, (500, error("the database is down")));
}

#[actix_web::test]
async fn a_shutdown_sends_a_held_page_away_for_some_seconds() {
    let (shop, hub, _clock) = Shop::after().await;
    let page = shop.held_page(&hub);
    hub.shutdown();
    let page = page.now_or_never().unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.headers().contains_key("retry-after"));
}
