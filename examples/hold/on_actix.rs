//! The server on actix-web.

use std::io;
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::web::{self, Data, Path, PayloadConfig, Query, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer};
use bytes::Bytes;
use dacapo::actix::Resume;
use dacapo::{Answer, Continuation, Error, Outcome};
use tokio::time::timeout;

use crate::{Hold, Mount, PATIENCE, Poll, shutdown};

pub(crate) async fn serve(hold: Hold, mount: Mount, port: u16) -> io::Result<()> {
    let hub = hold.hub.clone();
    let hold = Data::new(hold);
    let server = HttpServer::new(move || App::new().configure(app(hold.clone(), mount)))
        .h1_allow_half_closed(false) // a client that hangs up ends its poll
        .backlog(4096)
        .max_connections(25_000)
        .keep_alive(Duration::from_secs(600))
        .disable_signals()
        .bind(("127.0.0.1", port))?;
    println!("holding on http://{} with actix", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    tokio::select! {
        served = server => served,
        _ = async { shutdown(hub).await; timeout(PATIENCE, handle.stop(true)).await } => Ok(()),
    }
}

fn app(hold: Data<Hold>, mount: Mount) -> impl FnOnce(&mut ServiceConfig) {
    let poll = match mount {
        Mount::Handler => web::get().to(poll),
        Mount::Layer => web::get()
            .to(poll_again)
            .wrap(Resume::new(hold.hub.clone())),
    };
    move |app| {
        app.app_data(hold)
            .app_data(PayloadConfig::new(2 << 20)) // bytes, as on axum
            .service(web::resource("/poll/{key}").route(poll))
            .service(web::resource("/notify/{key}").route(web::post().to(notify)))
            .service(web::resource("/healthz").route(web::get().to(health)));
    }
}

/// A plain handler: the closure is executed again.
async fn poll(
    hold: Data<Hold>,
    key: Path<String>,
    query: Query<Poll>,
) -> Result<Answer<HttpResponse>, Error> {
    let message = hold.hub.run(async |c| hold.poll(&c, &key, &query)).await?;
    Ok(message.map(response))
}

/// A handler under the middleware: the whole handler is executed again.
async fn poll_again(
    c: Continuation<String>,
    hold: Data<Hold>,
    key: Path<String>,
    query: Query<Poll>,
) -> Outcome<HttpResponse> {
    hold.poll(&c, &key, &query).map(response)
}

fn response(message: Option<Bytes>) -> HttpResponse {
    match message {
        Some(message) => HttpResponse::Ok()
            .content_type(ContentType::octet_stream())
            .body(message),
        None => HttpResponse::NoContent().finish(),
    }
}

async fn notify(hold: Data<Hold>, key: Path<String>, message: Bytes) -> String {
    hold.notify(&key, message).to_string()
}

async fn health(hold: Data<Hold>) -> String {
    hold.hub.suspended_count().to_string()
}
