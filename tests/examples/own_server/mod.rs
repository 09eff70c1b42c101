//! `own_server` over real sockets: it has its HTTP from no framework, so all of that is tested here.

mod bodies;
mod held;
mod patience;
mod refusals;
mod requests;

use support::Connection;

use crate::server::Server;

/// Tests the server with one thread and with several.
fn with_one_thread_and_with_two(test: impl Fn(&Server)) {
    for threads in ["1", "2"] {
        test(&start(&["--threads", threads]));
    }
}

fn start(options: &[&str]) -> Server {
    Server::start("own_server", &[&["--port", "0"], options].concat())
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// Notifies a key, and returns how many were woken.
fn notify(server: &Server, key: &str, message: &str) -> String {
    let mut connection = server.connect();
    connection.send(post(key, message));
    connection.receive().1
}

fn post(key: &str, message: &str) -> String {
    let length = message.len();
    format!("POST /notify/{key} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{message}")
}

/// Opens a connection. Its request is the only one that is held.
fn hold(server: &Server, key: &str) -> Connection {
    let mut connection = server.connect();
    connection.get(&format!("/poll/{key}"));
    server.until_it_holds(1);
    connection
}

/// All that the server says to these bytes, when it hangs up.
fn last_words(server: &Server, bytes: impl AsRef<[u8]>) -> String {
    let mut connection = server.connect();
    connection.send(bytes);
    connection.hung_up()
}
