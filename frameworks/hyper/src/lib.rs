//! On hyper: a service from a request to a response.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};
use notes::{Board, HOLD, response};

/// `GET /tea`. Serve it with `service_fn(move |request| read(board.clone(), request))`.
pub async fn read<B>(board: Board, request: Request<B>) -> hyper::Result<Response<Full<Bytes>>> {
    let topic = request.uri().path().trim_start_matches('/').to_owned();
    let answer = board.hub.run(async |c| match board.note(&topic) {
        Some(note) => Ok(note),
        None if c.is_expired() => Ok("nothing yet".into()),
        None => Err(c.suspend(&topic, HOLD)),
    });
    Ok(response(answer.await).map(Full::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    use http_body_util::BodyExt;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;

    #[tokio::test]
    async fn a_request_is_held_and_answered_by_a_notify() {
        let board = Board::default();
        let (client, server) = tokio::io::duplex(1024);
        let service = service_fn({
            let board = board.clone();
            move |request| read(board.clone(), request)
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(server), service));
        let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(client))
            .await
            .unwrap();
        tokio::spawn(connection);
        let request = Request::get("/tea").body(Full::<Bytes>::default()).unwrap();
        let response = notes::held_and_notified(&board, client.send_request(request)).await;
        let body = response.unwrap().into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "it is ready");
    }
}
