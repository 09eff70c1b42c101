//! A connection with HTTP/2, and its streams.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest, handshake};
use h2::{Reason, SendStream};
use http::{Method, Request};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;

/// Dropping it closes the connection at once, without a GOAWAY.
pub(crate) struct Http2 {
    client: SendRequest<Bytes>,
    /// The task that moves the frames.
    runtime: Runtime,
}

/// One request, and its response when that has arrived.
pub(crate) struct Stream {
    request: SendStream<Bytes>,
    response: ResponseFuture,
    runtime: Handle,
}

impl Http2 {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let (client, connection) = runtime.block_on(async {
            let stream = TcpStream::connect(address).await.unwrap();
            let socket = socket2::SockRef::from(&stream);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
            handshake(stream).await.unwrap()
        });
        runtime.spawn(connection);
        Self { client, runtime }
    }

    pub(crate) fn get(&self, path: &str) -> Stream {
        self.send(Method::GET, path, true)
    }

    /// Sends the head of a request that has a body.
    pub(crate) fn post(&self, path: &str) -> Stream {
        self.send(Method::POST, path, false)
    }

    fn send(&self, method: Method, path: &str, is_whole: bool) -> Stream {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://x{path}"));
        let request = request.body(()).unwrap();
        let ready = self.client.clone().ready();
        let mut client = within_patience(self.runtime.handle(), ready).unwrap();
        let (response, request) = client.send_request(request, is_whole).unwrap();
        Stream {
            request,
            response,
            runtime: self.runtime.handle().clone(),
        }
    }
}

impl Stream {
    /// Sends a part of the body.
    pub(crate) fn send(&mut self, part: &'static str) {
        self.request.send_data(Bytes::from(part), false).unwrap();
    }

    /// Sends the end of the body.
    pub(crate) fn finish(&mut self) {
        self.request.send_data(Bytes::new(), true).unwrap();
    }

    /// The status and the body of the response.
    pub(crate) fn receive(self) -> (u16, String) {
        let receive = async {
            let response = self.response.await.unwrap();
            let (head, mut parts) = response.into_parts();
            let mut body = Vec::new();
            while let Some(part) = parts.data().await {
                body.extend_from_slice(&part.unwrap());
            }
            (head.status.as_u16(), String::from_utf8(body).unwrap())
        };
        within_patience(&self.runtime, receive)
    }

    /// Resets the stream.
    pub(crate) fn reset(mut self) {
        self.request.send_reset(Reason::CANCEL);
    }
}

/// So that a missing answer fails the test and does not hang it.
fn within_patience<T>(runtime: &Handle, answer: impl Future<Output = T>) -> T {
    let answer = async { timeout(Duration::from_secs(60), answer).await };
    runtime.block_on(answer).expect("an answer")
}
