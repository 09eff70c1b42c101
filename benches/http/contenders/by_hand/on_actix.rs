//! The server on actix-web.

use std::io;
use std::time::Duration;

use actix_web::web::{self, Data, Path, Query};
use actix_web::{App, HttpResponse, HttpServer};
use bytes::Bytes;

use super::{Poll, Topics};

#[actix_web::main]
pub(in crate::contenders) async fn serve(port: u16) -> io::Result<()> {
    let topics = Data::new(Topics::default());
    HttpServer::new(move || {
        App::new()
            .app_data(topics.clone())
            .service(web::resource("/poll/{key}").route(web::get().to(poll)))
            .service(web::resource("/notify/{key}").route(web::post().to(notify)))
            .service(web::resource("/healthz").route(web::get().to(health)))
    })
    .backlog(4096)
    .max_connections(25_000)
    .keep_alive(Duration::from_secs(600))
    .bind(("127.0.0.1", port))?
    .run()
    .await
}

async fn poll(topics: Data<Topics>, key: Path<String>, query: Query<Poll>) -> HttpResponse {
    match topics.next(key.into_inner(), &query).await {
        Some(message) => HttpResponse::Ok().body(message),
        None => HttpResponse::NoContent().finish(),
    }
}

async fn notify(topics: Data<Topics>, key: Path<String>, message: Bytes) -> String {
    topics.notify(&key, message).to_string()
}

async fn health(topics: Data<Topics>) -> String {
    topics.held().to_string()
}
