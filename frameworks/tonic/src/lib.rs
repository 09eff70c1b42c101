//! On tonic: a method of a gRPC service.

use notes::{Board, HOLD};
use tonic::{Request, Response, Status};

tonic::include_proto!("notes.Board");

#[derive(Clone, PartialEq, prost::Message)]
pub struct Topic {
    #[prost(string, tag = "1")]
    pub topic: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Note {
    #[prost(string, tag = "1")]
    pub note: String,
}

/// Serve it with `BoardServer::new(Service(board))`.
pub struct Service(pub Board);

#[tonic::async_trait]
impl board_server::Board for Service {
    async fn read(&self, request: Request<Topic>) -> Result<Response<Note>, Status> {
        let (board, topic) = (&self.0, request.into_inner().topic);
        let answer = board.hub.run(async |c| match board.note(&topic) {
            Some(note) => Ok(note),
            None if c.is_expired() => Ok("nothing yet".into()),
            None => Err(c.suspend(&topic, HOLD)),
        });
        // Clients of gRPC repeat a call that was `UNAVAILABLE`.
        let answer = answer
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        match answer.into_inner() {
            Ok(note) => Ok(Response::new(Note { note })),
            Err(_) => Err(Status::internal("a response of HTTP from outside, in gRPC")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use board_server::Board as _;

    #[tokio::test]
    async fn a_call_is_held_and_answered_by_a_notify() {
        let board = Board::default();
        let service = Service(board.clone());
        let topic = "tea".into();
        let call = service.read(Request::new(Topic { topic }));
        let answer = notes::held_and_notified(&board, call).await.unwrap();
        assert_eq!(answer.into_inner().note, "it is ready");
    }

    #[tokio::test]
    async fn a_call_after_the_shutdown_is_unavailable() {
        let board = Board::default();
        board.hub.shutdown();
        let call = Service(board).read(Request::new(Topic::default())).await;
        assert_eq!(call.unwrap_err().code(), tonic::Code::Unavailable);
    }
}
