//! The node on actix-web.

use std::io;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Html, Json, Path, Query};
use actix_web::{App, HttpResponse, HttpServer, ResponseError};
use dacapo::Answer;
use dacapo::stream::LastEventId;

use crate::chat::{Chat, Failure, Line, News, PAGE, Poll};
use crate::goodbye;

pub(crate) async fn serve(socket: TcpListener, chat: Chat) -> io::Result<()> {
    let (data, leaving) = (Data::new(chat.clone()), chat);
    let routes = move || {
        App::new()
            .app_data(data.clone())
            .route("/", web::get().to(async || Html::new(PAGE)))
            .route("/healthz", web::get().to(health))
            .route("/{room}", web::get().to(news))
            .route("/{room}", web::post().to(say))
            .route("/{room}/lines", web::get().to(lines))
    };
    HttpServer::new(routes)
        .h1_allow_half_closed(false) // a page that is closed has disconnected
        .shutdown_signal(goodbye(leaving))
        .shutdown_timeout(5)
        .listen(socket)?
        .run()
        .await
}

async fn news(
    chat: Data<Chat>,
    room: Path<String>,
    poll: Query<Poll>,
) -> Result<Answer<Json<News>>, Failure> {
    Ok(chat.poll(&room, &poll).await?.map(Json))
}

async fn say(
    chat: Data<Chat>,
    room: Path<String>,
    line: Json<Line>,
) -> Result<HttpResponse, Failure> {
    chat.say(&room, &line).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn lines(
    chat: Data<Chat>,
    room: Path<String>,
    LastEventId(last): LastEventId<String>,
) -> Result<HttpResponse, Failure> {
    Ok(dacapo::actix::sse(chat.listen(&room, last)?))
}

async fn health(chat: Data<Chat>) -> HttpResponse {
    let mut response = match chat.is_in_service() {
        true => HttpResponse::Ok(),
        false => HttpResponse::ServiceUnavailable(),
    };
    response.json(chat.hub().stats())
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoRoom | Self::NoName => StatusCode::BAD_REQUEST,
            _ => StatusCode::SERVICE_UNAVAILABLE, // the page asks again
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Suspended(token) => token.error_response(),
            Self::Refused(error) => error.error_response(),
            _ => HttpResponse::build(self.status_code()).body(self.to_string()),
        }
    }
}
