//! nchan's long poll and its publisher: the HTTP Push Relay Protocol (`protocol.txt` of `slact/nchan`).

use std::time::Duration;

use support::on_each_framework;

use crate::running::{Of::Nchan, Reply, Running};

const TEXT: &str = "content-type: text/x-tea\r\n";

fn publish(running: &Running, text: &str) -> u16 {
    running.ask("POST", "/pub/room", TEXT, text).status
}

/// The headers of a client that asks for the message after this one.
fn after(reply: &Reply) -> String {
    let [tag, time] = ["etag", "last-modified"].map(|name| reply.header(name).unwrap());
    format!("if-none-match: {tag}\r\nif-modified-since: {time}\r\n")
}

on_each_framework!(
    a_subscriber_gets_the_oldest_message_and_then_the_next_ones,
    |on| {
        let running = Running::on(on);
        for text in ["a", "b", "c"] {
            assert_eq!(publish(&running, text), 202, "it was queued");
        }
        let mut headers = String::new();
        for text in ["a", "b", "c"] {
            let reply = running.ask("GET", "/sub/room", &headers, "");
            assert_eq!((reply.status, &*reply.body), (200, text));
            assert_eq!(reply.header("content-type"), Some("text/x-tea"));
            headers = after(&reply);
        }
        let held = running.send("GET", "/sub/room", &headers, "");
        running.held(Nchan, 1);
        assert_eq!(publish(&running, "d"), 201, "it was delivered");
        assert_eq!(held.reply().body, "d");
    }
);

on_each_framework!(
    a_tag_that_a_proxy_has_changed_leads_to_the_next_message,
    |on| {
        let running = Running::on(on);
        assert_eq!(["a", "b"].map(|text| publish(&running, text)), [202, 202]);
        let tag = running.get("/sub/room").header("etag").unwrap().to_owned();
        for tag in [
            format!("W/{tag}"),
            format!("{}-gzip\"", tag.trim_end_matches('"')),
        ] {
            let headers = format!("if-none-match: {tag}\r\n");
            assert_eq!(
                running.ask("GET", "/sub/room", &headers, "").body,
                "b",
                "{tag}"
            );
        }
    }
);

on_each_framework!(a_time_alone_is_after_all_messages_of_its_second, |on| {
    let running = Running::on(on);
    let mut held = Vec::new();
    publish(&running, "a");
    let time = running
        .get("/sub/room")
        .header("last-modified")
        .unwrap()
        .to_owned();
    let earlier = "if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(running.ask("GET", "/sub/room", earlier, "").body, "a");
    let later = "if-modified-since: Fri, 06 Nov 2099 08:49:37 GMT\r\n";
    assert!(time.ends_with("GMT"), "{time}");
    for (count, headers) in [(1, later), (2, &*format!("if-modified-since: {time}\r\n"))] {
        held.push(running.send("GET", "/sub/room", headers, ""));
        running.held(Nchan, count);
    }
});

on_each_framework!(a_subscriber_whose_time_is_up_is_told_so, |on| {
    let running = Running::on(on);
    let held = running.send("GET", "/sub/room", "", "");
    running.held(Nchan, 1);
    running.advance(Nchan, Duration::from_secs(30));
    assert_eq!(held.reply().status, 408);
    assert_eq!(running.ask("POST", "/sub/room", "", "").status, 405);
});

on_each_framework!(a_publisher_creates_asks_and_deletes, |on| {
    let running = Running::on(on);
    let ask = |method| running.ask(method, "/pub/room", "", "");
    assert_eq!([ask("GET").status, ask("DELETE").status], [404, 404]);
    assert_eq!([ask("PUT").status, ask("GET").status], [200, 200]);
    publish(&running, "a");
    assert_eq!(ask("GET").json()["messages"], 1);
    let after = after(&running.get("/sub/room"));
    let held = running.send("GET", "/sub/room", &after, "");
    running.held(Nchan, 1);
    assert_eq!(ask("GET").json()["subscribers"], 1);
    assert_eq!(ask("DELETE").status, 200);
    assert_eq!(held.reply().status, 410);
    assert_eq!(ask("GET").status, 404);
    assert_eq!(ask("PATCH").status, 405);
});
