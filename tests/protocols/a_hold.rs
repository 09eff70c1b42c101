//! GRIP: <https://pushpin.org/docs/protocols/grip/>.

use std::time::Duration;

use serde_json::{Value, json};
use support::on_each_framework;

use crate::running::{Of::Responses, Of::Streams, Running};

fn publish(running: &Running, channel: &str, formats: &Value) {
    let body = json!({ "items": [{ "channel": channel, "formats": formats }] }).to_string();
    let reply = running.ask(
        "POST",
        "/publish/",
        "content-type: application/json\r\n",
        &body,
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
}

on_each_framework!(a_response_is_held_until_something_is_sent, |on| {
    let running = Running::on(on);
    let held = running.send("GET", "/news/tea", "", "");
    running.held(Responses, 1);
    publish(
        &running,
        "milk",
        &json!({ "http-response": { "body": "of another channel" } }),
    );
    running.held(Responses, 1);
    let response =
        json!({ "code": 201, "headers": { "x-leaves": "green" }, "body": "it is ready" });
    publish(&running, "tea", &json!({ "http-response": response }));
    let reply = held.reply();
    assert_eq!((reply.status, &*reply.body), (201, "it is ready"));
    assert_eq!(reply.header("x-leaves"), Some("green"));
});

on_each_framework!(
    when_its_time_is_up_the_client_gets_what_the_handler_has_said,
    |on| {
        let running = Running::on(on);
        let held = running.send("GET", "/news/tea", "", "");
        running.held(Responses, 1);
        assert_eq!(running.advance(Responses, Duration::from_millis(19_999)), 0);
        assert_eq!(running.advance(Responses, Duration::from_millis(1)), 1);
        let reply = held.reply();
        assert_eq!((reply.status, &*reply.body), (200, "no news\n"));
        for name in ["grip-hold", "grip-channel", "grip-timeout"] {
            assert_eq!(reply.header(name), None, "it is for the middleware alone");
        }
    }
);

on_each_framework!(a_hint_lets_the_handler_answer_again, |on| {
    let running = Running::on(on);
    let held = running.send("GET", "/news/tea", "", "");
    running.held(Responses, 1);
    publish(
        &running,
        "tea",
        &json!({ "http-response": { "action": "hint" } }),
    );
    running.held(Responses, 1);
    assert_eq!(
        running.ask("PUT", "/news/tea", "", "it is ready").status,
        200
    );
    running.held(Responses, 1);
    publish(
        &running,
        "tea",
        &json!({ "http-response": { "action": "hint" } }),
    );
    assert_eq!(held.reply().body, "it is ready");
});

on_each_framework!(what_is_not_held_is_not_changed, |on| {
    let running = Running::on(on);
    running.ask("PUT", "/news/tea", "", "it is ready");
    assert_eq!(running.get("/news/tea").body, "it is ready");
});

on_each_framework!(
    a_stream_begins_with_what_the_handler_has_said_and_lasts_until_it_is_closed,
    |on| {
        let running = Running::on(on);
        let mut held = running.send("GET", "/news/stream", "connection: close\r\n", "");
        let head = held.head();
        assert_eq!((head.status, head.header("grip-hold")), (200, None));
        assert_eq!(head.header("content-length"), None);
        held.connection.read_until("no news\n");
        running.held(Streams, 1);
        for content in ["one\n", "two\n", "three\n"] {
            publish(
                &running,
                "stream",
                &json!({ "http-stream": { "content": content } }),
            );
            held.connection.read_until(content);
        }
        running.advance(Streams, Duration::from_secs(60));
        publish(
            &running,
            "stream",
            &json!({ "http-stream": { "action": "close" } }),
        );
        let rest = held.connection.hung_up();
        assert_eq!(rest.trim_end(), "\r\n0".trim_end(), "nothing more is said");
    }
);

on_each_framework!(what_is_no_json_is_refused, |on| {
    let running = Running::on(on);
    assert_eq!(running.ask("POST", "/publish/", "", "nonsense").status, 400);
});

on_each_framework!(
    what_is_wrong_is_refused_and_answers_no_request_that_is_held,
    |on| {
        let running = Running::on(on);
        let _held = running.send("GET", "/news/tea", "", "");
        running.held(Responses, 1);
        let large = "a".repeat((64 << 10) + 1);
        for (status, formats) in [
            (400, json!({ "http-response": { "code": 1000 } })),
            (400, json!({ "http-response": { "code": "201" } })),
            (400, json!({ "http-response": { "code": 100 } })),
            (
                400,
                json!({ "http-response": { "headers": { "a name": "" } } }),
            ),
            (
                400,
                json!({ "http-response": { "headers": { "name": "a\nb" } } }),
            ),
            (413, json!({ "http-stream": { "content": large } })),
        ] {
            let good = json!({ "http-response": { "body": "it is ready" } });
            let items = [("milk", formats.clone()), ("tea", good)];
            let items =
                items.map(|(channel, formats)| json!({ "channel": channel, "formats": formats }));
            let body = json!({ "items": items }).to_string();
            let reply = running.ask("POST", "/publish/", "", &body);
            assert_eq!(reply.status, status, "{formats}");
            assert_ne!(reply.body, "", "it says what is wrong");
            running.held(Responses, 1);
        }
    }
);
