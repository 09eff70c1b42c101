//! A map from keys to something that wakes, with tokio's timeout.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::contenders::{Answer, Contender, Poll};

use super::{Place, Topics, advance};

/// Something that wakes all that wait for a key.
pub trait Topic: Default + Send + Sync + 'static {
    const NAME: &'static str;

    /// Returns when there is news.
    fn news(&self, poll: &Poll) -> impl Future<Output = ()> + Send;

    fn wake(&self);
}

pub struct On<T>(Topics<Arc<T>>);

impl<T> Clone for On<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Topic> Contender for On<T> {
    const NAME: &'static str = T::NAME;

    fn new() -> Self {
        Self(Topics::default())
    }

    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>) {
        (Self::new(), advance(runtime))
    }

    fn hold(&self, mut poll: Poll) -> impl Future<Output = Answer> + Send + 'static {
        let topics = self.0.clone();
        async move {
            let place = Place::take(topics, std::mem::take(&mut poll.key));
            match timeout(poll.timeout, place.topic.news(&poll)).await {
                Ok(()) => Answer::News,
                Err(_) => Answer::Nothing,
            }
        }
    }

    fn notify(&self, key: &str) {
        let topic = self.0.lock().get(key).cloned();
        if let Some(topic) = topic {
            topic.wake();
        }
    }
}
