//! An approval that takes a day: the application stores it, and the poll comes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use dacapo::{Answer, Error, Hub};
use support::on_axum::server;
use support::{Server, poll, post as send};

use crate::HOLD;

/// The application's store, in place of a table. It lasts longer than any process.
type Store = Arc<Mutex<HashMap<u64, Option<bool>>>>;

#[derive(Clone)]
struct App {
    hub: Hub<u64>,
    approvals: Store,
}

async fn request(State(app): State<App>) -> (StatusCode, String) {
    let mut approvals = app.approvals.lock().unwrap();
    let id = approvals.len() as u64 + 1;
    approvals.insert(id, None);
    (StatusCode::CREATED, id.to_string())
}

async fn wait(
    State(app): State<App>,
    Path(id): Path<u64>,
) -> Result<Answer<(StatusCode, &'static str)>, Error> {
    let look = async |c: dacapo::Continuation<u64>| {
        let found = app.approvals.lock().unwrap().get(&id).copied();
        match found {
            None => Ok((StatusCode::NOT_FOUND, "no such request")),
            Some(Some(true)) => Ok((StatusCode::OK, "approved")),
            Some(Some(false)) => Ok((StatusCode::OK, "declined")),
            Some(None) if c.is_expired() => Ok((StatusCode::ACCEPTED, "not yet: ask again")),
            Some(None) => Err(c.suspend(&id, HOLD)),
        }
    };
    app.hub.run(look).await
}

async fn decide(State(app): State<App>, Path(id): Path<u64>, decision: String) {
    let decision = Some(decision == "approved");
    app.approvals.lock().unwrap().insert(id, decision);
    app.hub.notify(&id);
}

fn routes(hub: Hub<u64>, approvals: Store) -> Server {
    let routes = Router::new()
        .route("/", post(request))
        .route("/{id}", get(wait).post(decide))
        .with_state(App { hub, approvals });
    server(routes)
}

#[test]
fn a_poll_expires_comes_back_with_the_id_and_is_answered_on_another_day_by_another_process() {
    let store = Store::default();
    let (hub, clock) = Hub::with_mock_clock();
    let today = routes(hub, store.clone());
    let (_, id) = poll(&mut today.send(send("/", "text/plain", ""))).unwrap();

    let path = format!("/{id}");
    let mut first = today.get(&path);
    assert_eq!(poll(&mut first), None);
    clock.advance(HOLD);
    let later = (StatusCode::ACCEPTED, "not yet: ask again".to_owned());
    assert_eq!(poll(&mut first), Some(later));

    let (hub, _clock) = Hub::with_mock_clock(); // the server was deployed again
    let tomorrow = routes(hub.clone(), store);
    let mut second = tomorrow.get(&path);
    assert_eq!(poll(&mut second), None);
    let decision = send(&path, "text/plain", "approved");
    assert!(poll(&mut tomorrow.send(decision)).is_some());
    let approved = Some((StatusCode::OK, "approved".to_owned()));
    assert_eq!(poll(&mut second), approved);
    assert_eq!(poll(&mut tomorrow.get(&path)), approved); // and whenever it is asked again
    assert_eq!(hub.suspended_count(), 0);
}
