//! A server that speaks all protocols, and a client that sees headers.

use std::collections::HashMap;
use std::time::Duration;

use dacapo::{Hub, MockClock};
use support::on_actix::{HalfClosed, listen};
use support::{Actix, Axum, Connection, Listening, until};

use crate::all::All;
use crate::consul::LONGEST;
use crate::sealed::Seal;
use crate::{on_actix, on_axum};

/// The number of a hub in [`All`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    Consul,
    Telegram,
    Nchan,
    Mcp,
    Responses,
    Streams,
}

pub(crate) struct Running {
    pub(crate) all: All,
    clocks: Vec<MockClock>,
    server: Listening,
}

/// Each framework, by the example's own routes.
pub(crate) trait Serve {
    fn listen_all(self, all: All) -> Listening;
}

impl Serve for Axum {
    fn listen_all(self, all: All) -> Listening {
        support::on_axum::listen(on_axum::app(all))
    }
}

impl Serve for Actix {
    fn listen_all(self, all: All) -> Listening {
        listen(HalfClosed::HasGone, on_actix::routes(all))
    }
}

impl Running {
    pub(crate) fn on(framework: impl Serve) -> Self {
        let mut clocks = Vec::new();
        let seal = Seal::new("a secret of a test".repeat(2)).unwrap();
        let hubs = [(); 6].map(|()| {
            let (hub, clock) = Hub::builder()
                .max_hold(LONGEST)
                .jitter(0.0)
                .build_with_mock_clock();
            clocks.push(clock);
            hub
        });
        let all = All::new(hubs, seal);
        let server = framework.listen_all(all.clone());
        Self {
            all,
            clocks,
            server,
        }
    }

    /// Sends a request, and returns before it is answered.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Asked {
        let mut connection = Connection::to(self.server.address);
        let length = body.len();
        connection.send(format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ));
        Asked { connection }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        self.send(method, path, headers, body).reply()
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "", "")
    }

    /// Waits until so many requests of a protocol are held.
    pub(crate) fn held(&self, of: Of, count: usize) {
        let hub = &self.all.hubs[of as usize];
        until(&format!("{count} are held"), || {
            hub.suspended_count() == count
        });
    }

    pub(crate) fn advance(&self, of: Of, time: Duration) -> usize {
        self.clocks[of as usize].advance(time)
    }
}

/// A request that has been sent.
pub(crate) struct Asked {
    pub(crate) connection: Connection,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// The head of the answer. What follows is in the connection.
    pub(crate) fn head(&mut self) -> Reply {
        let head = self.connection.read_until("\r\n\r\n");
        let mut lines = head.trim_end().lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| line.split_once(':').unwrap());
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        Reply {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: String::new(),
        }
    }

    pub(crate) fn reply(mut self) -> Reply {
        let mut reply = self.head();
        let length = reply
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        reply.body = self.connection.read(length);
        reply
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}
