//! A map of tokio's `watch` channels, as in most servers by hand.

use std::rc::Rc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch::{Receiver, Sender};
use tokio::time::timeout;

use crate::contenders::{Answer, Contender, Poll};

use super::{Topics, advance};

#[derive(Clone, Default)]
pub struct OnWatch(Topics<Sender<()>>);

/// A request's receiver. If the last receiver is dropped without news, the key is removed.
struct Waiting {
    topics: Topics<Sender<()>>,
    key: String,
    news: Option<Receiver<()>>,
}

impl Contender for OnWatch {
    const NAME: &'static str = "watch";

    fn new() -> Self {
        Self::default()
    }

    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>) {
        (Self::default(), advance(runtime))
    }

    fn hold(&self, mut poll: Poll) -> impl Future<Output = Answer> + Send + 'static {
        let topics = self.0.clone();
        async move {
            let mut waiting = Waiting::new(topics, std::mem::take(&mut poll.key));
            let news = waiting.news.as_mut().expect("it is taken at the end");
            if poll.has_news() {
                return Answer::News;
            }
            match timeout(poll.timeout, news.changed()).await {
                Ok(Ok(())) => Answer::News,
                Ok(Err(_)) | Err(_) => Answer::Nothing,
            }
        }
    }

    /// A later request begins a new topic.
    fn notify(&self, key: &str) {
        let topic = self.0.lock().remove(key);
        if let Some(topic) = topic {
            let _ = topic.send(());
        }
    }
}

impl Waiting {
    fn new(topics: Topics<Sender<()>>, key: String) -> Self {
        let news = topics.lock().entry(key.clone()).or_default().subscribe();
        Self {
            topics,
            key,
            news: Some(news),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut topics = self.topics.lock();
        self.news = None;
        if topics
            .get(&self.key)
            .is_some_and(|topic| topic.receiver_count() == 0)
        {
            topics.remove(&self.key);
        }
    }
}
