//! The chat of `chat.rs` on actix-web: only this glue differs. `cargo run --example chat_actix --features actix`, then
//! open the address that it prints. The variable PORT chooses another port.

mod lounge;
mod signals;

use std::error::Error;
use std::time::Duration;

use actix_web::rt;
use actix_web::web::{self, Data, Html, Json, Query};
use actix_web::{App, HttpServer};
use dacapo::{Answer, Hub};
use lounge::{Lounge, News, PAGE, Poll, Room, Say};
use signals::shutdown_signal;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lounge = Data::new(Lounge::new());
    rt::spawn(tick(lounge.clone()));
    let hub = lounge.hub.clone();
    let server = HttpServer::new(move || App::new().configure(app(lounge.clone())))
        .h1_allow_half_closed(false) // a page that is closed has disconnected
        .shutdown_signal(good_night(hub))
        .shutdown_timeout(5) // seconds, for connections on which half a request has been sent
        .listen(lounge::listen()?)?
        .run();
    Ok(server.await?)
}

fn app(lounge: Data<Lounge>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        app.app_data(lounge)
            .route("/", web::get().to(async || Html::new(PAGE)))
            .route("/poll", web::get().to(poll))
            .route("/say", web::post().to(say))
            .route("/healthz", web::get().to(health));
    }
}

async fn poll(
    lounge: Data<Lounge>,
    query: Query<Poll>,
) -> Result<Answer<Json<News>>, dacapo::Error> {
    Ok(lounge.poll(&query).await?.map(Json))
}

async fn say(lounge: Data<Lounge>, line: Json<Say>) -> &'static str {
    lounge.say(line.into_inner());
    ""
}

/// Prints how many requests are held.
async fn health(lounge: Data<Lounge>) -> String {
    lounge.hub.suspended_count().to_string()
}

async fn tick(lounge: Data<Lounge>) {
    let mut seconds = rt::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        lounge.tick();
    }
}

/// Waits for the signal to end, and answers all requests that are held. Then actix ends the server.
async fn good_night(hub: Hub<Room>) {
    shutdown_signal().await;
    println!("answered {} waiting requests", hub.shutdown());
}
