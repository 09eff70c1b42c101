//! The memory of one answer to many clients that do not read it.
#![cfg(all(feature = "axum", feature = "actix"))]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub};
use http::Response;
use support::allocator::{Mark, alone};
use support::{Application, Framework, Layer, on_each_framework, until};

const LONG_POLL: Duration = Duration::from_secs(60);

const CLIENTS: usize = 10;

/// Bytes in the answer: more than the buffers of the system take.
const LARGE: usize = 32 << 20;

fn hold(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    stream
}

on_each_framework!(
    a_large_answer_is_kept_once_however_many_clients_do_not_read_it,
    |on| {
        let _alone = alone();
        let hub = Hub::<String>::new();
        let wait = async |c: Continuation<String>, _| Err(c.suspend("goals", LONG_POLL));
        let mut server = on.listen(Application::of(wait).layer(Layer::of(&hub)));
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| hold(server.address)).collect();
        until("they are held", || hub.suspended_count() == CLIENTS);
        let answer = Response::new(Bytes::from(vec![b'x'; LARGE]));
        let mark = Mark::everywhere();
        assert_eq!(hub.respond("goals", answer).unwrap(), CLIENTS);
        for client in &mut clients {
            client.read_exact(&mut [0]).unwrap();
        }
        // It was made before the mark, so all that is counted are copies.
        let copied = mark.bytes();
        assert!(copied < LARGE, "{copied} bytes more");
        for client in &mut clients {
            let mut body = vec![0; LARGE];
            client.read_exact(&mut body).unwrap();
        }
        drop(clients);
        server.stop();
        server.ended();
    }
);
