//! The chats, on both frameworks.

use crate::server::Server;

fn no_cache_keeps_the_answer_to_a_poll(example: &str) {
    let server = Server::start(example, &[]);
    let mut connection = server.connect();
    let poll = "GET /news?topics=lobby HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    connection.send(poll);
    let said = connection.hung_up();
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    assert!(said.contains("\r\ncache-control: no-store\r\n"), "{said}");
}

#[test]
fn no_cache_keeps_the_answer_to_a_poll_on_axum() {
    no_cache_keeps_the_answer_to_a_poll("chat");
}

#[test]
fn no_cache_keeps_the_answer_to_a_poll_on_actix() {
    no_cache_keeps_the_answer_to_a_poll("chat_actix");
}
