//! On Rocket: a route. Rocket has response types of its own, so an answer is converted to one.

use std::io::Cursor;

use dacapo::{Answer, Error};
use notes::{Board, HOLD};
use rocket::http::{Header, Status};
use rocket::response::{self, Responder};
use rocket::{Build, Request, Response, Rocket, State, get, routes};

pub fn server(board: Board) -> Rocket<Build> {
    rocket::build().manage(board).mount("/", routes![read])
}

#[get("/<topic>")]
async fn read(board: &State<Board>, topic: String) -> Held {
    let answer = board.hub.run(async |c| match board.note(&topic) {
        Some(note) => Ok(note),
        None if c.is_expired() => Ok("nothing yet".into()),
        None => Err(c.suspend(&topic, HOLD)),
    });
    Held(answer.await)
}

struct Held(Result<Answer<String>, Error>);

impl<'r> Responder<'r, 'static> for Held {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let (head, body) = notes::response(self.0).into_parts();
        let mut response = Response::build();
        response.status(Status::new(head.status.as_u16()));
        for (name, value) in &head.headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            response.header_adjoin(Header::new(name.to_string(), value));
        }
        response.sized_body(body.len(), Cursor::new(body)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use rocket::local::asynchronous::Client;

    #[tokio::test]
    async fn a_request_is_held_and_answered_by_a_notify() {
        let board = Board::default();
        let client = Client::untracked(server(board.clone())).await.unwrap();
        let response = notes::held_and_notified(&board, client.get("/tea").dispatch()).await;
        assert_eq!(response.into_string().await.unwrap(), "it is ready");
    }

    #[tokio::test]
    async fn a_request_after_the_shutdown_is_sent_away_for_some_seconds() {
        let board = Board::default();
        board.hub.shutdown();
        let client = Client::untracked(server(board)).await.unwrap();
        let response = client.get("/tea").dispatch().await;
        assert_eq!(response.status(), Status::ServiceUnavailable);
        assert!(response.headers().contains("retry-after"));
    }
}
