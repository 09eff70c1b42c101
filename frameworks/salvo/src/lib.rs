//! On salvo: a handler that fills in a response.

use notes::{Board, HOLD, response};
use salvo::prelude::*;

pub fn routes(board: Board) -> Router {
    Router::with_path("{topic}").get(Read { board })
}

struct Read {
    board: Board,
}

#[handler]
impl Read {
    async fn handle(&self, request: &mut Request, into: &mut Response) {
        let (board, topic) = (
            &self.board,
            request.param::<String>("topic").unwrap_or_default(),
        );
        let answer = board.hub.run(async |c| match board.note(&topic) {
            Some(note) => Ok(note),
            None if c.is_expired() => Ok("nothing yet".into()),
            None => Err(c.suspend(&topic, HOLD)),
        });
        into.merge_hyper(response(answer.await));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use salvo::http::ResBody;

    #[tokio::test]
    async fn a_request_is_held_and_answered_by_a_notify() {
        let board = Board::default();
        let service = Service::new(routes(board.clone()));
        let mut request = Request::new();
        *request.uri_mut() = "/tea".parse().unwrap();
        let [local, remote] = [request.local_addr(), request.remote_addr()].map(Clone::clone);
        let scheme = request.scheme().clone();
        let connection = ConnCtrl::new();
        let handler = service.hyper_handler(local, remote, scheme, None, connection, None);
        let response = notes::held_and_notified(&board, handler.handle(request)).await;
        assert!(matches!(response.body, ResBody::Once(note) if note == "it is ready"));
    }
}
