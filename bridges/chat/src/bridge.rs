//! One bridge for each broker.

use std::time::Duration;

use dacapo::Relay;
use dacapo_nats::Nats;
use dacapo_redis::Redis;
use dacapo_transport::{Bridge, Broker, Link};

use crate::chat::Chat;

/// Carries the lines of the relay, until it leaves.
pub(crate) async fn run(broker: String, relay: Relay<String>, patience: Duration, chat: Chat) {
    if broker.starts_with("nats:") {
        let options = || async_nats::ConnectOptions::new().max_reconnects(SERVERS);
        let connect = move || options().connect(broker.clone());
        run_on(Nats::new(connect), relay, patience, chat).await;
    } else {
        let client = redis::Client::open(broker).expect("the address has been opened before");
        run_on(Redis::new(client), relay, patience, chat).await;
    }
}

async fn run_on<B: Broker>(broker: B, relay: Relay<String>, patience: Duration, chat: Chat) {
    Bridge::<_, B>::new(broker, relay)
        .patience(patience)
        .backoff(Duration::from_millis(100), patience)
        .on_change(move |link| chat.is_linked(matches!(link, Link::Up)))
        .run()
        .await;
}

/// In the address of the broker.
const SERVERS: usize = 1;
