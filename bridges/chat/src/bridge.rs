//! One bridge for each broker.

use std::time::Duration;

use dacapo::Relay;
use dacapo_nats::Nats;

use crate::chat::Chat;

/// Carries the lines of the relay, until it leaves.
pub(crate) async fn run(broker: String, relay: Relay<String>, patience: Duration, chat: Chat) {
    let shortest = Duration::from_millis(100);
    if broker.starts_with("nats:") {
        let connect = move || async_nats::ConnectOptions::new().connect(broker.clone());
        let bridge = dacapo_nats::Bridge::new(Nats::new(connect), relay);
        let bridge = bridge.patience(patience).backoff(shortest, patience);
        bridge
            .on_change(move |link| chat.is_linked(matches!(link, dacapo_nats::Link::Up)))
            .run()
            .await;
    } else {
        let client = redis::Client::open(broker).expect("the address has been opened before");
        let bridge = dacapo_redis::Bridge::new(client, relay);
        let bridge = bridge.patience(patience).backoff(shortest, patience);
        bridge
            .on_change(move |link| chat.is_linked(matches!(link, dacapo_redis::Link::Up)))
            .run()
            .await;
    }
}
