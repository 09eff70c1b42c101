//! Three ways to ask the servlet.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;

use bytes::Bytes;
use dacapo::Hub;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use http::{Request, Response};
use support::{Application, Framework, Layer, Listening};

use crate::servlet::Servlet;

pub(crate) type Ask = fn(Client, &Hub<()>, Servlet) -> Turn;

/// Runs the tasks that execute the request.
pub(crate) type Turn = Box<dyn FnMut()>;

/// A status and a body.
pub(crate) type Told = (u16, String);

/// A way to send the query. It returns the answer.
pub(crate) struct Client {
    pub(crate) query: &'static str,
    pub(crate) tell: mpsc::Sender<Told>,
}

/// Without a framework and without a runtime. The request is polled only when it is woken, so a missing wake fails
/// the test.
pub(crate) fn the_hub(client: Client, hub: &Hub<()>, servlet: Servlet) -> Turn {
    let mut pool = LocalPool::new();
    let hub = hub.clone();
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

/// On a framework, over a socket.
pub(crate) fn server(on: impl Framework, client: Client, hub: &Hub<()>, servlet: Servlet) -> Turn {
    let app = Application::of(move |c, request| servlet.clone().serve(c, request));
    client.ask(on.listen(app.layer(Layer::of(hub))))
}

impl Client {
    /// Sends the query to a server, which ends after its answer. Client and server have a thread each.
    fn ask(self, mut server: Listening) -> Turn {
        thread::spawn(move || {
            self.tell.send(self.get(server.address)).unwrap();
            server.stop();
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
