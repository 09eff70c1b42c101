//! The node on axum.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dacapo::Answer;
use dacapo::stream::LastEventId;
use tokio::time::sleep;

use crate::chat::{Chat, Failure, Line, News, PAGE, Poll};
use crate::goodbye;
use crate::signals::shutdown_signal;

pub(crate) async fn serve(socket: TcpListener, chat: Chat) -> io::Result<()> {
    let routes = Router::new()
        .route("/", get(Html(PAGE)))
        .route("/healthz", get(health))
        .route("/{room}", get(news).post(say))
        .route("/{room}/lines", get(lines))
        .with_state(chat.clone());
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let server = axum::serve(socket, routes);
    tokio::select! {
        served = server.with_graceful_shutdown(goodbye(chat)) => served,
        () = lights_out() => Ok(()),
    }
}

/// Waits some seconds more: axum itself has no limit for a client that has sent only half a request.
async fn lights_out() {
    shutdown_signal().await;
    sleep(Duration::from_secs(10)).await;
}

async fn news(
    State(chat): State<Chat>,
    Path(room): Path<String>,
    Query(poll): Query<Poll>,
) -> Result<Answer<Json<News>>, Failure> {
    Ok(chat.poll(&room, &poll).await?.map(Json))
}

async fn say(
    State(chat): State<Chat>,
    Path(room): Path<String>,
    Json(line): Json<Line>,
) -> Result<StatusCode, Failure> {
    chat.say(&room, &line).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn lines(
    State(chat): State<Chat>,
    Path(room): Path<String>,
    LastEventId(last): LastEventId<String>,
) -> Result<Response, Failure> {
    Ok(dacapo::axum::sse(chat.listen(&room, last)?))
}

async fn health(State(chat): State<Chat>) -> Response {
    let status = match chat.is_in_service() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(chat.hub().stats())).into_response()
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE, // the page asks again
            Self::NoRoom | Self::NoName => StatusCode::BAD_REQUEST,
            Self::Suspended(token) => return token.into_response(),
            Self::Refused(error) => return error.into_response(),
        };
        (status, self.to_string()).into_response()
    }
}
