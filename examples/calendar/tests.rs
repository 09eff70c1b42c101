//! Two tabs of one session, and one of another.

use std::pin::Pin;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use futures::FutureExt;
use tower::ServiceExt;

use super::*;

/// The answer of the calendar, if it comes at once.
type Answered = Option<(BTreeMap<u8, String>, String)>;

struct Client {
    app: Router,
    session: &'static str,
    tab: &'static str,
    seen: String,
}

impl Client {
    fn new(app: &Router, session: &'static str, tab: &'static str) -> Self {
        let (app, seen) = (app.clone(), String::new());
        let mut client = Self {
            app,
            session,
            tab,
            seen,
        };
        assert!(
            client.poll().is_some(),
            "the first poll is answered with what there is"
        );
        client
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Pin<Box<dyn Future<Output = axum::response::Response>>> {
        let uri = format!("{path}?tab={}&lastEventId={}", self.tab, self.seen);
        let request = Request::builder().method(method).uri(uri);
        let request = request.header(header::COOKIE, self.session);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let answer = self.app.clone().oneshot(request);
        Box::pin(answer.map(|answer| answer.unwrap()))
    }

    fn poll(&mut self) -> Answered {
        let body = self.send("GET", "/days", "").now_or_never()?.into_body();
        let body = to_bytes(body, usize::MAX).now_or_never().unwrap().unwrap();
        let (week, seen): (serde_json::Value, String) = serde_json::from_slice(&body).unwrap();
        let days = serde_json::from_value(week["days"].clone()).unwrap();
        self.seen.clone_from(&seen);
        Some((days, seen))
    }

    fn write(&self, day: u8, text: &str) {
        let answer = self.send("PUT", &format!("/days/{day}"), text);
        assert_eq!(answer.now_or_never().unwrap().status(), 200);
    }
}

#[test]
fn every_tab_sees_a_change_except_the_one_that_made_it() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = app(hub);
    let [mut mine, mut beside, mut yours] = [
        ("session=me", "1"),
        ("theme=dark; session=me", "2"),
        ("session=you", "1"),
    ]
    .map(|(session, tab)| Client::new(&app, session, tab));
    mine.write(1, "tea");
    assert_eq!(mine.poll(), None);
    for other in [&mut beside, &mut yours] {
        let (days, _) = other.poll().unwrap();
        assert_eq!(days[&1], "tea");
        assert_eq!(other.poll(), None);
    }
}

#[test]
fn a_tab_with_the_name_of_a_tab_in_another_session_hides_nothing_from_it() {
    let (hub, _clock) = Hub::with_mock_clock();
    let app = app(hub);
    let (mut mine, yours) = (
        Client::new(&app, "session=me", "1"),
        Client::new(&app, "session=you", "1"),
    );
    yours.write(1, "coffee");
    assert!(mine.poll().is_some());
}
