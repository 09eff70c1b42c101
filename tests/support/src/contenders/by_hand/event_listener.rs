//! A map of event-listener's `Event`.

use event_listener::Event;

use crate::contenders::Poll;

use super::{On, Topic};

pub type OnEventListener = On<Event>;

impl Topic for Event {
    const NAME: &'static str = "event-listener";

    async fn news(&self, poll: &Poll) {
        while !poll.has_news() {
            let listener = self.listen();
            if poll.has_news() {
                return;
            }
            listener.await;
        }
    }

    fn wake(&self) {
        self.notify(usize::MAX);
    }
}
