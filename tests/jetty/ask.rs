//! Three ways to ask the servlet.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

use bytes::Bytes;
use dacapo::Hub;
use futures::channel::oneshot;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use http::{Request, Response};

use crate::servlet::Servlet;

pub(crate) type Ask = fn(Client, Hub<()>, Servlet) -> Turn;

/// Lets those who execute the request get on.
pub(crate) type Turn = Box<dyn FnMut()>;

/// A status and a body.
pub(crate) type Told = (u16, String);

/// Who asks, and tells the answer.
pub(crate) struct Client {
    pub(crate) query: &'static str,
    pub(crate) tell: mpsc::Sender<Told>,
}

/// Without a framework and without a runtime. The request is polled when it is woken and not else,
/// so no wake can be missing.
pub(crate) fn the_hub(client: Client, hub: Hub<()>, servlet: Servlet) -> Turn {
    let mut pool = LocalPool::new();
    let asking = async move {
        let request = Request::get(client.target()).body(Bytes::new()).unwrap();
        let handler = |c| servlet.clone().serve(c, request.clone());
        let answer = hub.run(handler).await;
        let answer = answer.unwrap_or_else(|error| error.response().into());
        let (parts, body) = Response::from(answer).into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        client.tell.send((parts.status.as_u16(), body)).unwrap();
    };
    pool.spawner().spawn_local(asking).unwrap();
    Box::new(move || pool.run_until_stalled())
}

pub(crate) fn axum(client: Client, hub: Hub<()>, servlet: Servlet) -> Turn {
    use ::axum::Router;
    use ::axum::routing::get;
    use dacapo::axum::{ResumeLayer, handler};
    use tokio::runtime::Runtime;

    let handler = handler(move |c, request| servlet.clone().serve(c, request));
    let app = Router::new()
        .route("/", get(handler))
        .layer(ResumeLayer::new(hub));
    client.ask(move |listener, answered| {
        Runtime::new().unwrap().block_on(async move {
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let server = ::axum::serve(listener, app);
            let answered = async { _ = answered.await };
            server.with_graceful_shutdown(answered).await.unwrap();
        });
    })
}

pub(crate) fn actix(client: Client, hub: Hub<()>, servlet: Servlet) -> Turn {
    use actix_web::{App, HttpServer, rt, web};
    use dacapo::actix::{Resume, handler};

    let app = move || {
        let servlet = servlet.clone();
        let handler = handler(move |c, request| servlet.clone().serve(c, request));
        let resume = Resume::new(hub.clone());
        App::new().route("/", web::get().to(handler).wrap(resume))
    };
    client.ask(move |listener, answered| {
        rt::System::new().block_on(async move {
            let server = HttpServer::new(app).workers(1).disable_signals();
            let server = server.listen(listener).unwrap().run();
            let handle = server.handle();
            rt::spawn(async move {
                _ = answered.await;
                handle.stop(true).await;
            });
            server.await.unwrap();
        });
    })
}

impl Client {
    /// Asks a server, which ends when it has answered. Each of the two has a thread.
    fn ask(self, serve: impl FnOnce(TcpListener, Answered) + Send + 'static) -> Turn {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (until_answered, answered) = oneshot::channel();
        thread::spawn(move || serve(listener, answered));
        thread::spawn(move || {
            let _until_answered = until_answered;
            self.tell.send(self.get(address)).unwrap();
        });
        Box::new(thread::yield_now)
    }

    fn get(&self, address: SocketAddr) -> Told {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("GET {} HTTP/1.1\r\nhost: x\r\n", self.target());
        write!(stream, "{head}connection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).expect("a status");
        (status.parse().unwrap(), body.to_owned())
    }

    fn target(&self) -> String {
        format!("/?{}", self.query)
    }
}

/// Nothing is sent: it is over when the other end is dropped.
type Answered = oneshot::Receiver<Infallible>;
