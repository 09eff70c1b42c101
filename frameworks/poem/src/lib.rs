//! On poem: a handler that returns a response.

use notes::{Board, HOLD, response};
use poem::web::{Data, Path};
use poem::{EndpointExt, IntoEndpoint, Response, Route, get, handler};

pub fn routes(board: Board) -> impl IntoEndpoint {
    Route::new().at("/:topic", get(read)).data(board)
}

#[handler]
async fn read(Data(board): Data<&Board>, Path(topic): Path<String>) -> Response {
    let answer = board.hub.run(async |c| match board.note(&topic) {
        Some(note) => Ok(note),
        None if c.is_expired() => Ok("nothing yet".into()),
        None => Err(c.suspend(&topic, HOLD)),
    });
    let (head, body) = response(answer.await).into_parts();
    let mut response = Response::builder().status(head.status).body(body);
    *response.headers_mut() = head.headers;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    use poem::{Endpoint, Request};

    #[tokio::test]
    async fn a_request_is_held_and_answered_by_a_notify() {
        let board = Board::default();
        let app = routes(board.clone()).into_endpoint();
        let request = app.get_response(Request::builder().uri_str("/tea").finish());
        let response = notes::held_and_notified(&board, request).await;
        assert_eq!(
            response.into_body().into_string().await.unwrap(),
            "it is ready"
        );
    }
}
