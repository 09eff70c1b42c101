//! One connection: a request, its response, the next request.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::StatusCode;
use tokio::net::TcpStream;
use tokio::task::coop::consume_budget;

use crate::application::Call;
use crate::body::Body;
use crate::head::{Head, is_for_head};
use crate::limits::READ_AHEAD;
use crate::response::Response;
use crate::server::Server;
use crate::socket::Socket;

/// Its future is most of what a held request costs, so what is rare in it is in a box.
pub(crate) struct Connection {
    socket: Socket,
    server: Arc<Server>,
    /// Whether the response to the current request has a body, and does not only say how long it would be.
    wants_body: bool,
}

/// Why a connection ends before its client wants it to.
enum End {
    /// The client has gone, or has never begun a request: nothing is sent.
    Gone,
    /// This is the last response: where the next request begins is not known.
    Refused(Response),
}

/// Serves a client until it goes, or has to.
pub(crate) async fn serve(stream: TcpStream, server: Arc<Server>) {
    let socket = Socket::new(stream);
    let mut connection = Connection {
        socket,
        server,
        wants_body: true,
    };
    loop {
        match connection.exchange().await {
            // A client that sends one request behind the other does not keep the thread to itself.
            Ok(true) => consume_budget().await,
            Ok(false) | Err(End::Gone) => return,
            Err(End::Refused(response)) => {
                let _ = Box::pin(connection.turn_away(&response)).await;
                return;
            }
        }
    }
}

impl Connection {
    /// One request and its response. Returns whether another may follow.
    async fn exchange(&mut self) -> Result<bool, End> {
        let head = self.head().await?;
        let body = self.body(&head).await?;
        let application = &self.server.application;
        let response = match &head.call {
            Call::Poll(poll) => tokio::select! {
                biased;
                response = application.poll(poll) => response,
                // The poll is dropped at once, and then nothing waits for it any more.
                () = goes(&mut self.socket) => return Err(End::Gone),
            },
            Call::Notify { key } => application.notify(key, body),
            Call::Health => application.health(),
            Call::Nothing(refusal) => refusal.clone(),
        };
        let keeps_alive = head.keeps_alive && !application.hub.is_shut_down();
        self.write(&response, keeps_alive).await?;
        Ok(keeps_alive)
    }

    async fn head(&mut self) -> Result<Head, End> {
        let Self {
            socket,
            server,
            wants_body,
        } = self;
        if socket.unread.is_empty() {
            tokio::select! {
                biased;
                read = socket.read() => read?,
                () = server.idle_for_too_long() => return Err(End::Gone),
            }
        }
        if let Some(head) = take_head(socket, wants_body)? {
            return Ok(head);
        }
        let rest = async {
            loop {
                socket.read().await?;
                if let Some(head) = take_head(socket, wants_body)? {
                    return Ok(head);
                }
            }
        };
        Box::pin(server.within(server.limits.head, rest)).await
    }

    async fn body(&mut self, head: &Head) -> Result<Bytes, End> {
        let mut body = Body::new(head.length)?;
        let whole = match body.take(&mut self.socket.unread)? {
            Some(body) => body,
            None => Box::pin(self.rest_of(body, head.expects_continue)).await?,
        };
        self.socket.tidy();
        Ok(whole)
    }

    async fn rest_of(&mut self, mut body: Body, expects_continue: bool) -> Result<Bytes, End> {
        let Self { socket, server, .. } = self;
        if expects_continue {
            let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
            socket.write(go_on, &[], server.limits.write).await?;
        }
        let rest = async {
            loop {
                socket.read().await?;
                if let Some(body) = body.take(&mut socket.unread)? {
                    return Ok(body);
                }
            }
        };
        server.within(server.limits.body, rest).await
    }

    async fn write(&mut self, response: &Response, keeps_alive: bool) -> io::Result<()> {
        let (head, body) = response.pieces(keeps_alive, self.wants_body);
        self.socket
            .write(&head, body, self.server.limits.write)
            .await
    }

    async fn turn_away(&mut self, response: &Response) -> Result<(), End> {
        self.write(response, false).await?;
        let closed = async { Ok(self.socket.close().await?) };
        self.server.within(self.server.limits.head, closed).await
    }
}

/// Takes a head out of what has been read.
fn take_head(socket: &mut Socket, wants_body: &mut bool) -> Result<Option<Head>, Response> {
    *wants_body = !is_for_head(&socket.unread);
    let parsed = Head::parse(&socket.unread)?;
    Ok(parsed.map(|(head, size)| {
        socket.unread.advance(size);
        head
    }))
}

/// Waits until a client goes. It shows behind the last bytes that it has sent, so they are read ahead. If there are too
/// many of them, it shows only when the poll ends.
async fn goes(socket: &mut Socket) {
    while socket.unread.len() < READ_AHEAD {
        if socket.read().await.is_err() {
            return;
        }
    }
    std::future::pending().await
}

impl Server {
    /// Waits for a client, but not for too long. The hub keeps the time, so a shutdown of the hub ends this as well.
    async fn within<T>(
        &self,
        limit: Duration,
        client: impl Future<Output = Result<T, End>>,
    ) -> Result<T, End> {
        tokio::select! {
            biased;
            done = client => done,
            slept = self.application.hub.sleep(limit) => Err(match slept {
                Ok(()) => too_slow().into(),
                Err(shut_down) => Response::from(shut_down).into(),
            }),
        }
    }
}

fn too_slow() -> Response {
    let sentence = "this request has not arrived in time";
    Response::refusal(StatusCode::REQUEST_TIMEOUT, sentence)
}

impl From<Response> for End {
    fn from(response: Response) -> Self {
        Self::Refused(response)
    }
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}
