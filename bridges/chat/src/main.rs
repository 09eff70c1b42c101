//! A chat on several nodes. The lines are in Redis or in NATS, so a node that ends loses none. What crosses the nodes is
//! only which room has a new line.
//!
//! `bridges/chat/start redis` and `bridges/chat/start nats` start a broker, three nodes and haproxy.
//!
//! This program is one node. These variables set it up:
//!
//! * BROKER: `redis://127.0.0.1:6379` or `nats://127.0.0.1:4222`
//! * BRIDGE: the address of the same broker for the bridge, if it is another one
//! * FRAMEWORK: `axum`, which is the default, or `actix`
//! * PORT: 0 unless set, which is a free one
//! * HOLD and SILENCE: seconds, 25 and 15 unless set

mod bridge;
mod chat;
mod on_actix;
mod on_axum;
#[path = "../../../examples/signals.rs"]
mod signals;
mod store;

use std::env;
use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use chat::Chat;
use dacapo::{Hub, Relay};
use store::Store;
use tokio::time::{sleep, timeout};

fn main() -> Result<(), Box<dyn Error>> {
    match env::var("FRAMEWORK").as_deref() {
        Ok("actix") => actix_web::rt::System::new().block_on(node(on_actix::serve)),
        _ => tokio::runtime::Runtime::new()?.block_on(node(on_axum::serve)),
    }
}

async fn node(
    serve: impl AsyncFnOnce(TcpListener, Chat) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let broker = env::var("BROKER")?;
    let bridged = env::var("BRIDGE").unwrap_or_else(|_| broker.clone());
    let silence = seconds("SILENCE", 15);
    let socket = TcpListener::bind(format!(
        "127.0.0.1:{}",
        env::var("PORT").unwrap_or_default()
    ))?;
    socket.set_nonblocking(true)?;
    let hub = Hub::new();
    let relay = Relay::builder()
        .silence(silence)
        .spread(silence / 8)
        .build(&hub);
    let store = Store::open(&broker).await?;
    let chat = Chat::new(
        relay.clone(),
        store,
        seconds("HOLD", 25),
        socket.local_addr()?.port(),
    );
    let bridge = tokio::spawn(bridge::run(
        bridged,
        relay.clone(),
        silence / 3,
        chat.clone(),
    ));
    println!("node on http://{}", socket.local_addr()?);
    serve(socket, chat).await?;
    // Its requests are answered, and it changes nothing more. So the others need not find out that it is gone.
    relay.leave();
    let _ = timeout(Duration::from_secs(5), bridge).await;
    Ok(())
}

/// Waits for the signal to end, and answers all requests that are held. Then the server can end.
async fn goodbye(chat: Chat) {
    signals::shutdown_signal().await;
    chat.leave();
    sleep(DRAIN).await; // until the proxy has noticed, so that it sends no more requests
    chat.hub().shutdown();
}

fn seconds(variable: &str, unless_set: u64) -> Duration {
    let set = env::var(variable).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(set.unwrap_or(unless_set))
}

/// More than `inter` times `fall` of haproxy.cfg.
const DRAIN: Duration = Duration::from_secs(1);
