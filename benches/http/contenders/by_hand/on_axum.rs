//! The server on axum.

use std::io;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::Bytes;
use tokio::net::TcpSocket;

use super::{Poll, Topics};

#[tokio::main]
pub(in crate::contenders) async fn serve(port: u16) -> io::Result<()> {
    let app = Router::new()
        .route("/poll/{key}", get(poll))
        .route("/notify/{key}", post(notify))
        .route("/healthz", get(health))
        .with_state(Topics::default());
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], port).into())?;
    let listener = socket.listen(4096)?;
    axum::serve(
        listener.tap_io(|stream| drop(stream.set_nodelay(true))),
        app,
    )
    .await
}

async fn poll(
    State(topics): State<Topics>,
    Path(key): Path<String>,
    Query(query): Query<Poll>,
) -> Response {
    match topics.next(key, &query).await {
        Some(message) => message.into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn notify(State(topics): State<Topics>, Path(key): Path<String>, message: Bytes) -> String {
    topics.notify(&key, message).to_string()
}

async fn health(State(topics): State<Topics>) -> String {
    topics.held().to_string()
}
