//! The server on axum.

use std::io;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::Bytes;
use dacapo::axum::ResumeLayer;
use dacapo::{Answer, Continuation, Error, Outcome};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::sleep;

use crate::{Hold, Mount, PATIENCE, Poll, shutdown};

pub(crate) async fn serve(hold: Hold, mount: Mount, port: u16) -> io::Result<()> {
    let hub = hold.hub.clone();
    let listener = listen(port)?;
    println!("holding on http://{} with axum", listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let server = axum::serve(listener, app(hold, mount));
    let server = server.with_graceful_shutdown(shutdown(hub.clone()));
    tokio::select! {
        served = server => served,
        _ = async { shutdown(hub).await; sleep(PATIENCE).await } => Ok(()),
    }
}

fn app(hold: Hold, mount: Mount) -> Router {
    let poll = match mount {
        Mount::Handler => get(poll),
        Mount::Layer => get(poll_again).layer(ResumeLayer::new(hold.hub.clone())),
    };
    Router::new()
        .route("/poll/{key}", poll)
        .route("/notify/{key}", post(notify))
        .route("/healthz", get(health))
        .with_state(hold)
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)] // elsewhere it lets two servers have the same port
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], port).into())?;
    socket.listen(4096)
}

/// A plain handler: the closure is executed again.
async fn poll(
    State(hold): State<Hold>,
    Path(key): Path<String>,
    Query(query): Query<Poll>,
) -> Result<Answer<Response>, Error> {
    let message = hold.hub.run(async |c| hold.poll(&c, &key, &query)).await?;
    Ok(message.map(response))
}

/// A handler under the layer: the whole handler is executed again.
async fn poll_again(
    c: Continuation<String>,
    State(hold): State<Hold>,
    Path(key): Path<String>,
    Query(query): Query<Poll>,
) -> Outcome<Response> {
    hold.poll(&c, &key, &query).map(response)
}

fn response(message: Option<Bytes>) -> Response {
    message.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        IntoResponse::into_response,
    )
}

async fn notify(State(hold): State<Hold>, Path(key): Path<String>, message: Bytes) -> String {
    hold.notify(&key, message).to_string()
}

async fn health(State(hold): State<Hold>) -> String {
    hold.hub.suspended_count().to_string()
}
