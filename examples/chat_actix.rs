//! The chat of `chat.rs` on actix-web: only this glue differs. `cargo run --example chat_actix --features actix,serde`, then
//! open the address that it prints. The variable PORT chooses another port.

mod files;
mod lounge;
mod signals;

use std::error::Error;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL};
use actix_web::web::{self, Data, Html, Json, Query};
use actix_web::{App, Either, HttpRequest, HttpResponse, HttpServer, Responder};
use dacapo::Hub;
use dacapo::actix::sse;
use dacapo::mailbox::Position;
use dacapo::stream::LastEventId;
use files::FILES;
use lounge::{Line, Lounge, PAGE, Room, Visit};
use signals::shutdown_signal;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lounge = Data::new(Lounge::new());
    let hub = lounge.hub.clone();
    let server = HttpServer::new(move || App::new().configure(app(lounge.clone())))
        .h1_allow_half_closed(false) // a page that is closed has disconnected
        .shutdown_signal(good_night(hub))
        .shutdown_timeout(10) // seconds, for connections on which half a request has been sent
        .listen(lounge::listen()?)?
        .run();
    Ok(server.await?)
}

fn app(lounge: Data<Lounge>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |app| {
        for (path, kind, text) in FILES {
            let file = move || async move { HttpResponse::Ok().content_type(kind).body(text) };
            app.route(path, web::get().to(file));
        }
        app.app_data(lounge)
            .route("/", web::get().to(async || Html::new(PAGE)))
            .route("/news", web::get().to(news))
            .route("/say", web::post().to(say))
            .route("/healthz", web::get().to(health));
    }
}

/// An event stream, or one answer for a client that does not ask for a stream.
async fn news(
    lounge: Data<Lounge>,
    Query(visit): Query<Visit>,
    LastEventId(seen): LastEventId<Position>,
    request: HttpRequest,
) -> Result<impl Responder, dacapo::Error> {
    if lounge::wants_events(
        request
            .headers()
            .get(ACCEPT)
            .map(|accept| accept.as_bytes()),
    ) {
        return Ok(Either::Left(sse(lounge.stream(visit, seen))));
    }
    let answer = lounge.poll(visit, seen).await?;
    let no_store = (CACHE_CONTROL, "no-store"); // it is news once
    Ok(Either::Right(answer.map(|news| {
        Json(news).customize().insert_header(no_store)
    })))
}

async fn say(lounge: Data<Lounge>, Json(line): Json<Line>) -> &'static str {
    lounge.say(line);
    ""
}

/// Prints how many requests are held.
async fn health(lounge: Data<Lounge>) -> String {
    lounge.hub.suspended_count().to_string()
}

/// Waits for the signal to end, and answers all requests that are held. Then actix ends the server.
async fn good_night(hub: Hub<Room>) {
    shutdown_signal().await;
    println!("answered {} waiting requests", hub.shutdown());
}
