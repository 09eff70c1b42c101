//! A look belongs into the closure. Before `run` it misses what changes between it and the first pass.

use std::cell::Cell;

use dacapo::Hub;

use crate::{LONG_POLL, Pending, poll};

/// The news of an application that has a single piece of them, at the most.
struct App {
    hub: Hub<u8>,
    news: Cell<Option<&'static str>>,
}

impl App {
    fn new() -> Self {
        Self {
            hub: Hub::with_mock_clock().0,
            news: Cell::new(None),
        }
    }

    /// First the change, then the notify.
    fn publish(&self) {
        self.news.set(Some("a cat"));
        self.hub.notify(&0);
    }
}

/// Another task does something in the middle of a handler.
async fn meanwhile(act: impl FnOnce()) {
    act();
    futures::pending!();
}

/// A handler in which the news comes out just before `run`. Its closure checks inside if it is told to.
async fn handler(app: &App, looks_inside: bool) -> Result<dacapo::Answer<&str>, dacapo::Error> {
    let found = app.news.get();
    meanwhile(|| app.publish()).await;
    app.hub
        .run(async |c| {
            let found = if looks_inside { app.news.get() } else { found };
            found.ok_or_else(|| c.suspend(&0, LONG_POLL))
        })
        .await
}

#[test]
fn a_look_before_run_misses_what_changes_between_it_and_the_first_pass() {
    let app = App::new();
    let mut request: Pending<&str> = Box::pin(handler(&app, false));
    assert_eq!(poll(&mut request), None, "the news come out");
    assert_eq!(poll(&mut request), None, "it waits for what is there");
    assert_eq!(app.hub.suspended_count(), 1);
}

#[test]
fn the_same_look_inside_finds_it() {
    let app = App::new();
    let mut request: Pending<&str> = Box::pin(handler(&app, true));
    assert_eq!(poll(&mut request), None, "the news come out");
    assert_eq!(poll(&mut request), Some("a cat"));
}

/// The pass has looked and found nothing, and the news come out before it suspends.
#[test]
fn a_look_inside_misses_nothing_that_changes_after_it() {
    let app = App::new();
    let mut request: Pending<&str> = Box::pin(app.hub.run(async |c| {
        let found = app.news.get();
        if c.is_initial() {
            meanwhile(|| app.publish()).await;
        }
        found.ok_or_else(|| c.suspend(&0, LONG_POLL))
    }));
    assert_eq!(poll(&mut request), None, "the news come out");
    assert_eq!(poll(&mut request), None, "the executor has its turn");
    assert_eq!(poll(&mut request), Some("a cat"));
}

/// What was made before the first poll, but after `run` was called, the first pass sees by itself.
#[test]
fn what_changes_between_the_call_of_run_and_its_first_poll_is_seen_by_the_first_pass() {
    let app = App::new();
    let mut request: Pending<&str> = Box::pin(app.hub.run(async |c| {
        let found = app.news.get();
        found.ok_or_else(|| c.suspend(&0, LONG_POLL))
    }));
    app.publish();
    assert_eq!(poll(&mut request), Some("a cat"));
}
