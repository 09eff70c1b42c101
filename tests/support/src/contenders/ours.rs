//! This crate.

use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use tokio::runtime::Runtime;

use crate::contenders::{Answer, Contender, Poll};

#[derive(Clone)]
pub struct Ours(pub Hub<String>);

impl Contender for Ours {
    const NAME: &'static str = "dacapo";

    fn new() -> Self {
        Self(Hub::builder().max_suspended(usize::MAX).build())
    }

    fn simulated(_runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>) {
        let (hub, clock) = Hub::builder()
            .max_suspended(usize::MAX)
            .build_with_mock_clock();
        let advance = move |by| _ = clock.advance(by);
        (Self(hub), Box::new(advance))
    }

    fn hold(&self, poll: Poll) -> impl Future<Output = Answer> + Send + 'static {
        let run = self.0.run(move |c| ready(handler(&c, &poll)));
        run.map(|answer| {
            answer
                .expect("no request is refused")
                .into_inner()
                .expect("no call completes it")
        })
    }

    fn notify(&self, key: &str) {
        self.0.notify(key);
    }
}

fn handler(c: &Continuation<String>, poll: &Poll) -> Outcome<Answer> {
    if poll.has_news() {
        return Ok(Answer::News);
    }
    if c.is_expired() {
        return Ok(Answer::Nothing);
    }
    Err(c.suspend(&poll.key, poll.timeout))
}
