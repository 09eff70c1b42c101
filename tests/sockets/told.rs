//! What an application is told of the end of a request under a real server: that the client has disconnected, or that
//! the handler has panicked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use dacapo::{Continuation, End, Hub, Outcome};

use crate::LONG_POLL;

#[test]
fn the_end_of_a_disconnected_client_is_told() {
    for (name, serve) in SERVERS {
        for go in [drop, reset] {
            let server = Served::by(serve);
            go(server.hold("/good"));
            assert_eq!(server.end(), End::Cancelled, "{name}");
            assert_eq!(
                (server.hub.suspended_count(), server.hub.notify("lobby")),
                (0, 0)
            );
        }
    }
}

#[test]
fn that_a_handler_has_panicked_is_told_and_the_framework_does_as_it_does_with_every_panic() {
    for (name, serve) in SERVERS {
        let server = Served::by(serve);
        let held = server.hold("/bad");
        assert_eq!(server.hub.notify("lobby"), 1);
        assert_eq!(server.end(), End::Panicked, "{name}");
        let of_its_own = said(server.ask("/bad-and-never-held"));
        assert_eq!((said(held), of_its_own), ("".into(), "".into()), "{name}");
        assert_eq!(
            (server.hub.suspended_count(), server.hub.notify("lobby")),
            (0, 0)
        );

        let next = server.hold("/good");
        assert_eq!(server.hub.notify("lobby"), 1);
        assert_eq!(server.end(), End::Answered, "{name}");
        assert!(said(next).ends_with("\r\n\r\ndone"), "{name} goes on");
    }
}

/// Suspends once and reports its end. Then it answers, or does not.
fn told(c: &Continuation<String>, ends: &Sender<End>, is_good: bool) -> Outcome<&'static str> {
    if c.is_initial() {
        let ends = ends.clone();
        c.on_end(move |end| ends.send(end).unwrap());
        return Err(c.suspend("lobby", LONG_POLL));
    }
    assert!(is_good, "a bad handler");
    Ok("done")
}

async fn bad_and_never_held() -> &'static str {
    panic!("another bad handler");
}

/// A server on a separate thread, until the tests end.
struct Served {
    hub: Hub<String>,
    address: SocketAddr,
    ends: Receiver<End>,
}

impl Served {
    fn by(serve: Serve) -> Self {
        let (hub, _clock) = Hub::with_mock_clock();
        let (tell, ends) = channel();
        let (bound, address) = channel();
        let serves = hub.clone();
        thread::spawn(move || serve(serves, tell, bound));
        let address = address.recv().unwrap();
        Self { hub, address, ends }
    }

    fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    /// Sends a request, and waits until it is held.
    fn hold(&self, path: &str) -> TcpStream {
        let stream = self.ask(path);
        let is_held = |_| {
            thread::yield_now();
            self.hub.suspended_count() == 1
        };
        assert!((0..200_000_000_u64).any(is_held), "it is not held");
        stream
    }

    /// The next report.
    fn end(&self) -> End {
        self.ends.recv_timeout(PATIENCE).expect("an end")
    }
}

/// So that a missing report fails a test and does not hang it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that the server sends before it hangs up.
fn said(mut stream: TcpStream) -> String {
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

/// Resets the connection.
fn reset(stream: TcpStream) {
    let socket = socket2::SockRef::from(&stream);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

type Serve = fn(Hub<String>, Sender<End>, Sender<SocketAddr>);

const SERVERS: [(&str, Serve); 2] = [("axum", axum), ("actix", actix)];

fn axum(hub: Hub<String>, ends: Sender<End>, bound: Sender<SocketAddr>) {
    use ::axum::Router;
    use ::axum::extract::State;
    use ::axum::routing::get;
    use dacapo::axum::ResumeLayer;

    let app = Router::new()
        .route("/good", get(async |c, State(ends)| told(&c, &ends, true)))
        .route("/bad", get(async |c, State(ends)| told(&c, &ends, false)))
        .layer(ResumeLayer::new(hub))
        .route("/bad-and-never-held", get(bad_and_never_held))
        .with_state(ends);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        bound.send(listener.local_addr().unwrap()).unwrap();
        ::axum::serve(listener, app).await.unwrap();
    });
}

fn actix(hub: Hub<String>, ends: Sender<End>, bound: Sender<SocketAddr>) {
    use actix_web::web::{self, Data};
    use actix_web::{App, HttpServer};
    use dacapo::actix::Resume;

    let good = async |c, ends: Data<Sender<End>>| told(&c, &ends, true);
    let bad = async |c, ends: Data<Sender<End>>| told(&c, &ends, false);
    let app = move || {
        let held = web::scope("")
            .route("/good", web::get().to(good))
            .route("/bad", web::get().to(bad))
            .wrap(Resume::new(hub.clone()));
        App::new()
            .app_data(Data::new(ends.clone()))
            .route("/bad-and-never-held", web::get().to(bad_and_never_held))
            .service(held)
    };
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app)
            .workers(1)
            .h1_allow_half_closed(false)
            .disable_signals()
            .bind("127.0.0.1:0")
            .unwrap();
        bound.send(server.addrs()[0]).unwrap();
        server.run().await.unwrap();
    });
}
