//! Jetty's servlet: it follows its query, and reports what it does.

use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Dispatch, Outcome, Suspended};
use http::{Request, Response};

use crate::visit::{Event, Somebody, Visit};

/// It holds the visit only while it is executed, because a server may keep a servlet for longer than the request
/// lasts.
#[derive(Clone)]
pub(crate) struct Servlet(Weak<Visit>);

impl Servlet {
    pub(crate) fn new(visit: &Arc<Visit>) -> Self {
        Self(Arc::downgrade(visit))
    }

    /// The handler, which is independent of the framework.
    pub(crate) async fn serve(
        self,
        c: Continuation<()>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        let visit = self.0.upgrade().expect("the test outlasts its request");
        let query = Query::of(&request, &c);
        let pass = if c.is_initial() {
            "initial"
        } else {
            "!initial"
        };
        visit.note(pass);
        if let Some(timeout) = query.time("suspend") {
            let token = suspend(&visit, &c, timeout, query);
            return match query.says("undispatch=true") {
                true => match undispatch(token)? {},
                false => Err(token),
            };
        }
        if let Some(time) = query.time("sleep") {
            visit.sleep(time).await;
            return Ok(Response::new("SLEPT".into()));
        }
        Ok(Response::new(answer(c.dispatch()).into()))
    }
}

fn suspend(visit: &Arc<Visit>, c: &Continuation<()>, timeout: Duration, query: Query) -> Suspended {
    visit.note("suspend");
    if c.is_initial() {
        let visit = Arc::clone(visit);
        assert!(c.on_end(move |_| visit.note("onComplete")));
    }
    match query.somebody() {
        Some((Duration::ZERO, somebody)) => visit.receive(somebody, &c.handle()),
        Some((pause, somebody)) => visit.arrange(pause, Event::Comes(somebody, c.handle())),
        None => visit.arrange(timeout, Event::Expiry),
    }
    let visit = Arc::clone(visit);
    // Jetty's timeouts count from the suspension.
    let token = c.suspend_for(timeout).timeout_from_now();
    token.on_expire(move || visit.note("onTimeout"))
}

/// Jetty does this with an exception: it leaves the handler from an inner function.
fn undispatch(token: Suspended) -> Outcome<Infallible> {
    Err(token)
}

fn answer(dispatch: Dispatch) -> &'static str {
    match dispatch {
        Dispatch::Initial => "NORMAL",
        Dispatch::Resumed => "RESUMED",
        Dispatch::Expired => "TIMEOUT",
    }
}

/// The query for one pass of a request.
#[derive(Clone, Copy)]
struct Query<'a> {
    text: &'a str,
    pass: u32,
}

impl<'a> Query<'a> {
    fn of(request: &'a Request<Bytes>, c: &Continuation<()>) -> Self {
        Self {
            text: request.uri().query().unwrap_or_default(),
            pass: c.pass(),
        }
    }

    fn says(self, pair: &str) -> bool {
        self.text.split('&').any(|said| said == pair)
    }

    /// The milliseconds of `name` in the first pass, of `name2` in the second.
    fn time(self, name: &str) -> Option<Duration> {
        let name = match self.pass {
            1 => name.to_owned(),
            pass => format!("{name}{pass}"),
        };
        let mut pairs = self.text.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|pair| pair.0 == name)?;
        Some(Duration::from_millis(value.parse().unwrap()))
    }

    /// What ends the suspension, and how long after it.
    fn somebody(self) -> Option<(Duration, Somebody)> {
        let resumes = self.time("resume").map(|time| (time, Somebody::Resumes));
        resumes.or_else(|| Some((self.time("complete")?, Somebody::Completes)))
    }
}
