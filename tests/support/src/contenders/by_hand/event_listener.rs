//! A map of event-listener's `Event`, with tokio's timeout.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use event_listener::Event;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::contenders::{Answer, Contender, Poll};

use super::{Place, Topics, advance};

#[derive(Clone, Default)]
pub struct OnEventListener(Topics<Arc<Event>>);

impl Contender for OnEventListener {
    const NAME: &'static str = "event-listener";

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
            topic.notify(usize::MAX);
        }
    }
}

async fn news(topic: &Event, poll: &Poll) {
    while !poll.has_news() {
        let listener = topic.listen();
        if poll.has_news() {
            return;
        }
        listener.await;
    }
}
