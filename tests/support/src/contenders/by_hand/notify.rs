//! A map of tokio's `Notify`.

use std::pin::pin;

use tokio::sync::Notify;

use crate::contenders::Poll;

use super::{On, Topic};

pub type OnNotify = On<Notify>;

impl Topic for Notify {
    const NAME: &'static str = "Notify";

    async fn news(&self, poll: &Poll) {
        loop {
            let mut notified = pin!(self.notified());
            // First listen, then look: a notify in between would be lost otherwise.
            notified.as_mut().enable();
            if poll.has_news() {
                return;
            }
            notified.await;
        }
    }

    fn wake(&self) {
        self.notify_waiters();
    }
}
