//! Heads that are too large for a server: it refuses them before there is a request to hold.

use crate::client::Connection;
use crate::client::frames::{CONTINUATION, END_HEADERS, END_STREAM, GET, HEADERS, PREFACE, frame};
use crate::files;
use crate::running::Running;

const REQUEST_LINE: &str = "GET /wait/lobby HTTP/1.1\r\nhost: x\r\n";

/// The answer of the framework, which differs between the two.
fn is_refused(status: u16) -> bool {
    matches!(status, 400 | 414 | 431)
}

fn assert_unharmed(running: &Running, held: &mut Connection) {
    assert_eq!(running.application.books.arrived(), 1);
    assert_eq!(running.hub.notify("lobby"), 1);
    assert_eq!(held.receive(), (200, "resumed in pass 2".into()));
    running.until_all_have_gone(&["lobby"]);
}

test!(a_head_of_too_many_lines_is_refused, |running| {
    let mut held = running.hold("/wait/lobby");
    let mut connection = running.connect();
    let lines: String = (0..200).map(|n| format!("a{n}: b\r\n")).collect();
    connection.send(format!("{REQUEST_LINE}{lines}\r\n"));
    let status = connection.receive().0;
    assert!(is_refused(status), "{status}");
    assert_unharmed(&running, &mut held);
});

/// Sends until the server refuses it or hangs up.
fn flood(connection: &mut Connection, part: impl AsRef<[u8]>) {
    let part = part.as_ref();
    let parts = (64 << 20) / part.len();
    let is_refused = (0..parts).any(|_| !connection.offer(part));
    assert!(is_refused, "64 MiB are taken without a word");
}

test!(a_head_without_an_end_is_cut_off, |running| {
    let mut held = running.hold("/wait/lobby");
    for (beginning, part) in [
        (REQUEST_LINE, format!("a: {}\r\n", "b".repeat(8000))),
        ("GET /wait/", "b".repeat(8000)),
        (REQUEST_LINE, "b".repeat(8000)),
    ] {
        let mut connection = running.connect();
        connection.send(beginning);
        flood(&mut connection, &part);
    }
    assert_unharmed(&running, &mut held);
});

test!(a_head_of_endless_continuations_is_cut_off, |running| {
    // A line that is new, with a name of one byte and a value of 126: `b: bbb…`.
    let line = [b"\0\x01b\x7e", &[b'b'; 126][..]].concat();
    let mut connection = running.connect();
    connection.send(PREFACE);
    connection.send(frame(HEADERS, END_STREAM, 1, GET));
    connection.send(frame(CONTINUATION, END_HEADERS, 1, &line));
    running.until_suspended(1);

    connection.send(frame(HEADERS, END_STREAM, 3, GET));
    let endless = frame(CONTINUATION, 0, 3, &line.repeat(100));
    flood(&mut connection, endless);
    assert_eq!(running.application.books.arrived(), 1);
    running.assert_good();
    running.outlast_all(&["lobby"]);
});

test!(many_floods_at_once_leave_nothing, |running| {
    let crowd = files::crowd(100);
    let mut held = running.hold("/wait/lobby");
    let line = format!("a: {}\r\n", "b".repeat(8000));
    let mut floods: Vec<_> = (0..crowd.clients).map(|_| running.connect()).collect();
    for flood in &mut floods {
        flood.send(REQUEST_LINE);
    }
    for _ in 0..4 {
        for flood in &mut floods {
            flood.send(&line);
        }
    }
    running.assert_good();
    drop(floods);
    assert_unharmed(&running, &mut held);
});
