//! The same chat on actix-web: only this glue differs. `cargo run --example chat_actix --features actix`, then open the
//! address that it prints.

mod lounge;

use std::time::Duration;

use actix_web::web::{self, Data, Html, Json, Query};
use actix_web::{App, HttpServer};
use dacapo::actix::Resume;
use dacapo::{Continuation, Outcome};
use lounge::{Lounge, News, PAGE, Poll, Room, Say};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let lounge = Data::new(Lounge::new());
    actix_web::rt::spawn(tick(lounge.clone()));
    let port = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(3000);
    let hub = lounge.hub.clone();
    let server = HttpServer::new(move || App::new().configure(app(lounge.clone())))
        .h1_allow_half_closed(false) // who closes the page has left
        .shutdown_timeout(1) // seconds, for connections on which nothing has been asked
        .disable_signals()
        .bind(("127.0.0.1", port))?;
    println!("chat on http://{}  (Ctrl-C ends it)", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        let _ = tokio::signal::ctrl_c().await;
        println!("good night to {} who were waiting", hub.shutdown());
        hub.drained().await;
        handle.stop(true).await;
    });
    server.await
}

fn app(lounge: Data<Lounge>) -> impl FnOnce(&mut web::ServiceConfig) {
    let resume = Resume::new(lounge.hub.clone());
    move |app| {
        app.app_data(lounge)
            .route("/", web::get().to(async || Html::new(PAGE)))
            .route("/poll", web::get().to(poll).wrap(resume))
            .route("/say", web::post().to(say));
    }
}

async fn poll(
    c: Continuation<Room>,
    lounge: Data<Lounge>,
    query: Query<Poll>,
) -> Outcome<Json<News>> {
    lounge.poll(&c, &query).map(Json)
}

async fn say(lounge: Data<Lounge>, line: Json<Say>) -> &'static str {
    lounge.say(line.into_inner());
    ""
}

async fn tick(lounge: Data<Lounge>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        lounge.tick();
    }
}
