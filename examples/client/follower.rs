//! One request after another to one address, and never two at a time.
//!
//! ```text
//!   asking ── first byte, answer ──▶ live ── lost ──▶ waiting ── time is up ──▶ asking
//!      ╰───────────── 4xx ─────────▶ the end
//! ```

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::BuildHasher;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST};
use axum::http::uri::InvalidUri;
use axum::http::{Request, Response, StatusCode, Uri};
use fastrand::Rng;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::delay::{delay, retry_after};
use super::events::{Event, EventParser};

/// dacapo begins an event stream with a comment, at once.
const FIRST_BYTE: Duration = Duration::from_secs(3);

/// A poll is held for 30 seconds at most, and heartbeats come as often.
const SILENCE: Duration = Duration::from_secs(45);

const AT_ONCE: Duration = Duration::from_secs(1);

/// Bytes of the longest answer to a poll.
const LONGEST: usize = 16 << 20;

pub(crate) struct Follower {
    uri: Uri,
    topics: String,
    position: String,
    /// Something on the way keeps event streams back, or the server has none.
    polls: bool,
    failures: u32,
    dice: Rng,
}

/// What happens to the connection.
pub(crate) enum Status<'a> {
    Live { by: &'static str },
    Waiting { delay: Duration, reason: &'a str },
}

/// Why a request has ended.
enum Failure {
    /// The server does not want this request: 4xx.
    Refused(String),
    /// The stream has begun too late. It may be held back on the way.
    NoFirstByte,
    /// There was no answer, or none of use. Another attempt may have one.
    Lost(String, Option<Duration>),
}

impl Follower {
    /// Topics have no comma.
    pub(crate) fn new(address: &str, topics: &[String]) -> Result<Self, InvalidUri> {
        Ok(Self {
            uri: address.parse()?,
            topics: topics.join(","),
            position: String::new(),
            polls: false,
            failures: 0,
            dice: Rng::with_seed(RandomState::new().hash_one(())),
        })
    }

    /// Gives each value once and in order, and returns why the server refuses to give more.
    pub(crate) async fn follow(
        &mut self,
        mut on_value: impl FnMut(Value),
        mut on_status: impl FnMut(Status<'_>),
    ) -> String {
        loop {
            let (reason, after) = match self.ask(&mut on_value, &mut on_status).await {
                Ok(()) => continue,
                Err(Failure::Refused(reason)) => return reason,
                Err(Failure::NoFirstByte) => {
                    self.polls = true; // or the network has gone, and the poll finds out
                    continue;
                }
                Err(Failure::Lost(reason, after)) => (reason, after),
            };
            self.polls = false; // the next way may let streams through
            let delay = delay(self.failures, after, self.dice.f64());
            self.failures += 1;
            let reason = &reason;
            on_status(Status::Waiting { delay, reason });
            sleep(delay).await;
        }
    }

    async fn ask(
        &mut self,
        on_value: &mut impl FnMut(Value),
        on_status: &mut impl FnMut(Status<'_>),
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let answer = match self.polls {
            true => timeout(SILENCE, self.send("application/json"))
                .await
                .map_err(|_| silent())?,
            false => timeout(FIRST_BYTE, self.send("text/event-stream, application/json"))
                .await
                .map_err(|_| Failure::NoFirstByte)?,
        };
        let answer = accepted(answer.map_err(lost)?).await?;
        let kind = answer.headers().get(CONTENT_TYPE);
        self.polls = !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        match self.polls {
            true => {
                let is_new = self.take(answer, on_value).await?;
                on_status(Status::Live { by: "long polls" });
                if !is_new && began.elapsed() < AT_ONCE {
                    return Err(lost("the server answers at once, with nothing new"));
                }
                self.failures = 0;
                Ok(())
            }
            false => self.read(answer.into_body(), on_value, on_status).await,
        }
    }

    async fn send(&self, accept: &str) -> Result<Response<Incoming>, Box<dyn std::error::Error>> {
        let authority = self.uri.authority().ok_or("the address has no host")?;
        let stream =
            TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection); // it ends with the answer
        let request = Request::get(self.target())
            .header(HOST, authority.as_str())
            .header(ACCEPT, accept)
            .body(Empty::<Bytes>::new())?;
        Ok(sender.send_request(request).await?)
    }

    /// What is asked for: the address with its query, the topics and the position.
    fn target(&self) -> String {
        let path = format!("{}?", self.uri.path());
        let start = path.len();
        let address = path + self.uri.query().unwrap_or_default();
        let mut target = Serializer::for_suffix(address, start);
        for (name, value) in [("topics", &self.topics), ("lastEventId", &self.position)] {
            if !value.is_empty() {
                target.append_pair(name, value);
            }
        }
        target.finish()
    }

    /// An answer to a poll: a value and the position after it. Returns whether the position is another one.
    async fn take(
        &mut self,
        answer: Response<Incoming>,
        on_value: &mut impl FnMut(Value),
    ) -> Result<bool, Failure> {
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(false);
        }
        let body = timeout(SILENCE, Limited::new(answer.into_body(), LONGEST).collect());
        let body = body.await.map_err(|_| silent())?.map_err(lost)?.to_bytes();
        let (value, position): (Value, String) = serde_json::from_slice(&body).map_err(lost)?;
        let is_new = position != self.position;
        self.position = position;
        on_value(value);
        Ok(is_new)
    }

    async fn read(
        &mut self,
        mut body: Incoming,
        on_value: &mut impl FnMut(Value),
        on_status: &mut impl FnMut(Status<'_>),
    ) -> Result<(), Failure> {
        let mut parser = EventParser::default();
        let mut is_first = true;
        loop {
            let piece = match is_first {
                true => timeout(FIRST_BYTE, body.frame())
                    .await
                    .map_err(|_| Failure::NoFirstByte)?,
                false => timeout(SILENCE, body.frame()).await.map_err(|_| silent())?,
            };
            let piece = piece.ok_or_else(|| lost("the server has ended the stream"))?;
            let piece = piece.map_err(lost)?.into_data().unwrap_or_default();
            if is_first {
                on_status(Status::Live {
                    by: "an event stream",
                });
            }
            let events = parser.push(&piece);
            // The first byte alone is no success: a server may fail after it each time.
            if !is_first || !events.is_empty() {
                self.failures = 0;
            }
            is_first = false;
            for event in events {
                self.take_event(event, on_value)?;
            }
        }
    }

    fn take_event(
        &mut self,
        event: Event,
        on_value: &mut impl FnMut(Value),
    ) -> Result<(), Failure> {
        let value = serde_json::from_str(&event.data).map_err(lost)?;
        if let Some(id) = event.id {
            self.position = id; // without one, it is where it was
        }
        on_value(value);
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "a header may have a date")]
async fn accepted(answer: Response<Incoming>) -> Result<Response<Incoming>, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let after = retry_after(answer.headers(), SystemTime::now());
    let body = timeout(SILENCE, Limited::new(answer.into_body(), 1 << 10).collect()).await;
    let text = body.ok().and_then(Result::ok).map(|body| body.to_bytes());
    let reason = format!(
        "{status}: {}",
        String::from_utf8_lossy(&text.unwrap_or_default()).trim()
    );
    let is_temporary = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    match status.is_client_error() && !is_temporary {
        true => Err(Failure::Refused(reason)),
        false => Err(Failure::Lost(reason, after)),
    }
}

fn lost(reason: impl Display) -> Failure {
    Failure::Lost(reason.to_string(), None)
}

fn silent() -> Failure {
    lost("the server is silent")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follower(address: &str, topics: &[&str]) -> Follower {
        let topics: Vec<_> = topics.iter().map(|&topic| topic.to_owned()).collect();
        Follower::new(address, &topics).unwrap()
    }

    #[test]
    fn it_asks_for_the_address_with_its_query_the_topics_and_the_position() {
        let mut follower = follower("http://server/news?name=ada%20b", &["lobby", "garden"]);
        let first = "/news?name=ada%20b&topics=lobby%2Cgarden";
        assert_eq!(follower.target(), first);
        follower.position = "7".into();
        assert_eq!(follower.target(), format!("{first}&lastEventId=7"));
    }

    #[test]
    fn an_event_without_an_id_leaves_the_position_where_it_was() {
        let mut follower = follower("http://server/news", &[]);
        let mut values = Vec::new();
        for id in [Some("7"), None] {
            let (id, data) = (id.map(str::to_owned), "1".to_owned());
            let taken = follower.take_event(Event { data, id }, &mut |value| values.push(value));
            assert!(taken.is_ok());
            assert_eq!(follower.target(), "/news?lastEventId=7");
        }
        assert_eq!(values, [1, 1]);
    }
}
