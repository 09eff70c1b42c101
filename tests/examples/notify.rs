//! `hold` and `own_server`: a notify with a body that breaks off.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use crate::server::Server;

fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// The last answer on a connection, until the server hangs up.
fn answer(mut stream: TcpStream) -> String {
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: SocketAddr, path: &str) -> TcpStream {
    send(
        address,
        &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
}

fn a_message_that_breaks_off_reaches_no_client(framework: &str) {
    for mount in ["handler", "layer"] {
        for at in ["once", "passes"] {
            let options = ["--framework", framework, "--mount", mount, "--at", at];
            let server = Server::start("hold", &[&options[..], &["--port", "0"]].concat());
            breaks_off(&server);
        }
    }
}

fn breaks_off(server: &Server) {
    let address = server.address;
    let mut held = get(address, "/poll/tea");
    server.until_it_holds(1);
    for beginning in [
        "content-length: 1000\r\n\r\nhello world",
        "transfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n",
    ] {
        let request = format!("POST /notify/tea HTTP/1.1\r\nhost: x\r\n{beginning}");
        let answer = answer(send(address, &request));
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    let whole =
        "POST /notify/tea HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
    let mut told = String::new();
    send(address, whole).read_to_string(&mut told).unwrap();
    assert!(told.ends_with("\r\n\r\n1"), "{told}");
    let mut answer = String::new();
    held.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nhi"), "{answer}");
}

#[test]
fn a_message_that_breaks_off_reaches_no_client_of_the_server_of_ones_own() {
    breaks_off(&Server::start("own_server", &["--port", "0"]));
}

#[test]
fn a_message_that_breaks_off_reaches_no_client_on_axum() {
    a_message_that_breaks_off_reaches_no_client("axum");
}

#[test]
fn a_message_that_breaks_off_reaches_no_client_on_actix() {
    a_message_that_breaks_off_reaches_no_client("actix");
}
