//! A running server, with methods for tests.

use std::sync::Arc;

use dacapo::{Hub, MockClock};
use support::{Listening, until};

use crate::LONGEST_HOLD;
use crate::application::Application;
use crate::client::{Connection, Http2};
use crate::server::Start;

/// A server with a hub. The clock of the hub stands still until the test moves it.
pub(crate) struct Running {
    pub(crate) hub: Hub<String>,
    pub(crate) clock: MockClock,
    pub(crate) application: Arc<Application>,
    pub(crate) server: Listening,
}

impl Running {
    pub(crate) fn on(start: Start) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let application = Arc::new(Application::new(hub.clone()));
        let server = start(Arc::clone(&application));
        Self {
            hub,
            clock,
            application,
            server,
        }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.server.address)
    }

    pub(crate) fn connect_with_http2(&self) -> Http2 {
        Http2::to(self.server.address)
    }

    /// Opens a connection with a request that is held.
    pub(crate) fn hold(&self, path: &str) -> Connection {
        let held = self.hub.suspended_count();
        let mut connection = self.connect();
        connection.get(path);
        self.until_suspended(held + 1);
        connection
    }

    pub(crate) fn until_suspended(&self, requests: usize) {
        let what = format!("{requests} requests are suspended");
        until(&what, || self.hub.suspended_count() == requests);
    }

    /// Waits until this number of passes has reached the gate since the beginning.
    pub(crate) fn until_at_the_gate(&self, passes: usize) {
        let what = format!("{passes} passes have come to the gate");
        until(&what, || self.application.gate.reached() == passes);
    }

    /// Waits until all requests have ended and been dropped, and checks that nothing is left of them.
    pub(crate) fn until_all_have_gone(&self, keys: &[&str]) {
        let books = &self.application.books;
        until("all have gone", || books.balance());
        self.assert_empty(keys);
    }

    /// Advances the time until requests have ended even if the server does not notice that their clients have
    /// disconnected. Checks that nothing is left of them.
    pub(crate) fn outlast_all(&self, keys: &[&str]) {
        until("all have gone", || {
            self.clock.advance(LONGEST_HOLD);
            self.hub.suspended_count() == 0 && self.application.books.balance()
        });
        self.assert_empty(keys);
    }

    /// Checks that the server still holds and answers, even with other clients connected. This request is not
    /// recorded.
    pub(crate) fn assert_good(&self) {
        let mut other = self.connect();
        other.get("/portable/health");
        until("a held request is answered", || {
            self.hub.notify("health");
            other.is_answered()
        });
        assert_eq!(other.receive().0, 200);
    }

    /// Makes each of the server's threads do something, so that it has seen all earlier events.
    pub(crate) fn let_the_server_look(&self) {
        (0..8).for_each(|_| self.assert_good());
    }

    /// Checks that nothing is left in the hub.
    pub(crate) fn assert_empty(&self, keys: &[&str]) {
        assert_eq!(self.hub.suspended_count(), 0);
        for key in keys {
            assert_eq!(self.hub.notify(*key), 0, "there is no waiter for {key}");
        }
        assert_eq!(self.clock.advance(LONGEST_HOLD), 0, "no timer is left");
    }
}
