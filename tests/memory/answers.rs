//! The memory of one answer to many clients that do not read it.
#![cfg(all(feature = "axum", feature = "actix"))]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::Response;
use support::allocator::{Mark, alone};
use tokio::sync::oneshot::{self, Receiver};

const CLIENTS: usize = 10;

/// Bytes in the answer: more than the buffers of the system take.
const LARGE: usize = 32 << 20;

async fn wait(c: Continuation<String>) -> Outcome<&'static str> {
    Err(c.suspend("goals", Duration::from_secs(600)))
}

fn on_axum(listener: TcpListener, hub: Hub<String>, stop: Receiver<()>) {
    use axum::{Router, routing::get};
    use dacapo::axum::ResumeLayer;

    let app: Router = Router::new().route("/", get(wait).layer(ResumeLayer::new(hub)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let server = axum::serve(listener, app);
        let server = server.with_graceful_shutdown(async { drop(stop.await) });
        server.await.unwrap();
    });
}

fn on_actix(listener: TcpListener, hub: Hub<String>, stop: Receiver<()>) {
    use actix_web::{App, HttpServer, web};
    use dacapo::actix::Resume;

    let app = move || App::new().route("/", web::get().to(wait).wrap(Resume::new(hub.clone())));
    let server = HttpServer::new(app).workers(1);
    let server = server.shutdown_signal(async { drop(stop.await) });
    let system = actix_web::rt::System::new();
    let server = server.listen(listener).unwrap().run();
    system.block_on(server).unwrap();
}

fn hold(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    stream
}

fn a_large_answer_is_kept_once(serve: fn(TcpListener, Hub<String>, Receiver<()>)) {
    let _alone = alone();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let hub = Hub::new();
    let served = hub.clone();
    let (stop, stopped) = oneshot::channel();
    let server = thread::spawn(move || serve(listener, served, stopped));
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| hold(address)).collect();
    while hub.suspended_count() < CLIENTS {
        thread::yield_now();
    }
    let answer = Response::new(Bytes::from(vec![b'x'; LARGE]));
    let mark = Mark::everywhere();
    assert_eq!(hub.respond("goals", answer).unwrap(), CLIENTS);
    for client in &mut clients {
        client.read_exact(&mut [0]).unwrap();
    }
    // It was made before the mark, so only copies are counted.
    let copied = mark.bytes();
    assert!(copied < LARGE, "{copied} bytes more");
    for client in &mut clients {
        let mut body = vec![0; LARGE];
        client.read_exact(&mut body).unwrap();
    }
    drop((clients, stop));
    server.join().unwrap();
}

#[test]
fn a_large_answer_is_kept_once_however_many_clients_do_not_read_it_on_axum() {
    a_large_answer_is_kept_once(on_axum);
}

#[test]
fn a_large_answer_is_kept_once_however_many_clients_do_not_read_it_on_actix() {
    a_large_answer_is_kept_once(on_actix);
}
