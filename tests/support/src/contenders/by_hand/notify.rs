//! A map of tokio's `Notify`.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::contenders::{Answer, Contender, Poll};

use super::{Place, Topics, advance};

#[derive(Clone, Default)]
pub struct OnNotify(Topics<Arc<Notify>>);

impl Contender for OnNotify {
    const NAME: &'static str = "Notify";

    fn new() -> Self {
        Self::default()
    }

    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>) {
        (Self::default(), advance(runtime))
    }

    fn hold(&self, mut poll: Poll) -> impl Future<Output = Answer> + Send + 'static {
        let topics = self.0.clone();
        async move {
            let place = Place::take(topics, std::mem::take(&mut poll.key));
            match timeout(poll.timeout, news(&place.topic, &poll)).await {
                Ok(()) => Answer::News,
                Err(_) => Answer::Nothing,
            }
        }
    }

    fn notify(&self, key: &str) {
        let topic = self.0.lock().get(key).cloned();
        if let Some(topic) = topic {
            topic.notify_waiters();
        }
    }
}

async fn news(topic: &Notify, poll: &Poll) {
    loop {
        let mut notified = pin!(topic.notified());
        // Listen first, then check: otherwise a notify in between would be lost.
        notified.as_mut().enable();
        if poll.has_news() {
            return;
        }
        notified.await;
    }
}
