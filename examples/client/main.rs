//! Follows a server: what `client/dacapo.js` does for browsers, for programs. With one held request at a time, it
//! misses nothing that is still known, and gets nothing twice.
//!
//! Start the example `chat`. Then `cargo run --example client --features axum -- http://localhost:3000/news lobby`
//! prints each value on a line, as JSON, and on the other output what happens to the connection. It ends when the server
//! refuses it.

mod delay;
mod events;
mod follower;

use std::error::Error;

use follower::{Follower, Status};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .ok_or("client http://localhost:3000/news [topic]..")?;
    let mut follower = Follower::new(&address, &arguments.collect::<Vec<_>>())?;
    let refused = follower.follow(|value| println!("{value}"), report).await;
    Err(format!("the server refuses this client: {refused}").into())
}

fn report(status: Status<'_>) {
    match status {
        Status::Live { by } => eprintln!("connected, by {by}"),
        Status::Waiting { delay, reason } => eprintln!("{reason}; trying again in {delay:.1?}"),
    }
}
