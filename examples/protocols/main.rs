//! Protocols that others have made, each in at most 80 lines on a model of this crate. One server speaks them all.
//!
//! `SECRET=$(openssl rand -hex 32) cargo run --all-features --example protocols` runs it on axum, and with `-- actix`
//! on actix. All nodes have the same SECRET, and clients must not guess it. The variable PORT chooses another port.
//! Then try these:
//!
//! ```sh
//! curl -X PUT -d tea 'localhost:3000/v1/kv/drink'                     # Consul
//! curl -i 'localhost:3000/v1/kv/drink?index=7&wait=10s'
//! curl 'localhost:3000/bot7/getUpdates?timeout=30' &                  # Telegram
//! curl --json '{"message":{"text":"hello"}}' 'localhost:3000/bot7/update'
//! curl -i 'localhost:3000/sub/room' &                                 # nchan
//! curl -d hello 'localhost:3000/pub/room'
//! curl 'localhost:3000/news/tea' &                                    # GRIP
//! curl -d '{"items":[{"channel":"tea","formats":{"http-response":{"body":"hello"}}}]}' 'localhost:3000/publish/'
//! curl -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"order"}}' 'localhost:3000/mcp' & # MCP
//! curl -d '12 euros' 'localhost:3000/jobs/0'
//! ```

mod all;
mod consul;
mod grip;
mod jobs;
mod mcp;
mod nchan;
mod on_actix;
mod on_axum;
mod sealed;
#[path = "../signals.rs"]
mod signals;
mod telegram;
mod wire;

use std::{env, io};

use actix_web::{App, HttpServer};
use dacapo::Hub;
use tokio::net::TcpListener;

use all::All;
use sealed::Seal;
use signals::shutdown_signal;

#[actix_web::main]
async fn main() -> io::Result<()> {
    let hub = || Hub::builder().max_hold(consul::LONGEST).build();
    let seal = Seal::new(env::var("SECRET").unwrap_or_default());
    let seal =
        seal.ok_or_else(|| io::Error::other("set SECRET to 32 random characters or more"))?;
    let all = All::new([(); 6].map(|()| hub()), seal);
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let (address, hubs) = (format!("127.0.0.1:{port}"), all.hubs.clone());
    let shut_down = async move {
        shutdown_signal().await;
        hubs.iter().for_each(|hub| _ = hub.shutdown()); // answers every request that is held
    };
    if env::args().nth(1).as_deref() == Some("actix") {
        let routes = on_actix::routes(all);
        let server = HttpServer::new(move || App::new().configure(&routes))
            .h1_allow_half_closed(false) // a client that disconnects ends its request
            .disable_signals()
            .bind(address)?;
        println!("protocols on http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            shut_down.await;
            handle.stop(true).await;
        });
        return server.await;
    }
    let listener = TcpListener::bind(address).await?;
    println!("protocols on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, on_axum::app(all));
    server.with_graceful_shutdown(shut_down).await
}
