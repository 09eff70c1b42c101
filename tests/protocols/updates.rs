//! Telegram's `getUpdates`: <https://core.telegram.org/bots/api#getting-updates>.

use std::time::Duration;

use serde_json::{Value, json};
use support::{on_each_framework, until};

use crate::running::{Of::Telegram, Reply, Running};

fn update(running: &Running, bot: u64, text: &str) {
    let body = json!({ "message": { "text": text } }).to_string();
    let path = format!("/bot{bot}/update");
    assert_eq!(
        running
            .ask("POST", &path, "content-type: application/json\r\n", &body)
            .status,
        204
    );
}

fn updates(running: &Running, texts: &[&str]) {
    texts.iter().for_each(|text| update(running, 7, text));
}

fn texts(reply: &Reply) -> Vec<(u64, String)> {
    let body = reply.json();
    assert_eq!((reply.status, &body["ok"]), (200, &Value::Bool(true)));
    let updates = body["result"].as_array().unwrap().iter();
    let one = |update: &Value| {
        let text = update["message"]["text"].as_str().unwrap();
        (update["update_id"].as_u64().unwrap(), text.to_owned())
    };
    updates.map(one).collect()
}

fn get(running: &Running, query: &str) -> Vec<(u64, String)> {
    texts(&running.get(&format!("/bot7/getUpdates?{query}")))
}

fn only_texts(updates: &[(u64, String)]) -> Vec<&str> {
    updates.iter().map(|(_, text)| text.as_str()).collect()
}

on_each_framework!(
    updates_come_in_order_with_numbers_that_grow_until_they_are_confirmed,
    |on| {
        let running = Running::on(on);
        updates(&running, &["a", "b", "c"]);
        update(&running, 8, "of another bot");
        let all = get(&running, "");
        assert_eq!(only_texts(&all), ["a", "b", "c"]);
        assert!(all.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!(get(&running, ""), all, "they are not confirmed");
        assert_eq!(only_texts(&get(&running, "limit=2")), ["a", "b"]);
        assert_eq!(
            only_texts(&get(&running, &format!("offset={}", all[1].0))),
            ["b", "c"]
        );
        assert_eq!(
            only_texts(&get(&running, "offset=0")),
            ["b", "c"],
            "the first is confirmed"
        );
        assert_eq!(get(&running, &format!("offset={}", all[2].0 + 1)), []);
        assert_eq!(get(&running, ""), []);
    }
);

on_each_framework!(
    a_negative_offset_counts_from_the_end_and_confirms_the_others,
    |on| {
        let running = Running::on(on);
        updates(&running, &["a", "b", "c"]);
        assert_eq!(only_texts(&get(&running, "offset=-9")), ["a", "b", "c"]);
        assert_eq!(only_texts(&get(&running, "offset=-2")), ["b", "c"]);
        assert_eq!(only_texts(&get(&running, "")), ["b", "c"]);
        assert_eq!(only_texts(&get(&running, "offset=-1")), ["c"]);
    }
);

on_each_framework!(with_a_timeout_it_waits_for_an_update, |on| {
    let running = Running::on(on);
    assert_eq!(get(&running, ""), [], "without one, it does not");
    let held = running.send("GET", "/bot7/getUpdates?timeout=30", "", "");
    running.held(Telegram, 1);
    update(&running, 7, "a");
    let got = texts(&held.reply());
    assert_eq!(only_texts(&got), ["a"]);
    let path = format!("/bot7/getUpdates?timeout=30&offset={}", got[0].0 + 1);
    let held = running.send("GET", &path, "", "");
    running.held(Telegram, 1);
    assert_eq!(running.advance(Telegram, Duration::from_millis(29_999)), 0);
    assert_eq!(running.advance(Telegram, Duration::from_millis(1)), 1);
    assert_eq!(texts(&held.reply()), []);
});

on_each_framework!(a_second_consumer_ends_the_first_one, |on| {
    let running = Running::on(on);
    let first = running.send("GET", "/bot7/getUpdates?timeout=30", "", "");
    running.held(Telegram, 1);
    let other = running.send("GET", "/bot8/getUpdates?timeout=30", "", "");
    running.held(Telegram, 2);
    let second = running.send("GET", "/bot7/getUpdates?timeout=30", "", "");
    let conflict = first.reply();
    assert_eq!(
        (conflict.status, &conflict.json()["error_code"]),
        (409, &409.into())
    );
    running.held(Telegram, 2);
    update(&running, 7, "a");
    update(&running, 8, "a");
    assert_eq!(
        [second, other].map(|held| texts(&held.reply()).len()),
        [1, 1]
    );
    let consumers = &running.all.telegram.consumers;
    until("none is remembered", || {
        consumers.lock().unwrap().is_empty()
    });
});

const JSON: &str = "content-type: application/json\r\n";

on_each_framework!(an_update_that_is_no_object_is_refused, |on| {
    let running = Running::on(on);
    let reply = running.ask("POST", "/bot7/update", JSON, "\"x\"");
    assert!((400..500).contains(&reply.status), "{}", reply.status);
    updates(&running, &["a"]);
    assert_eq!(only_texts(&get(&running, "")), ["a"]);
});

on_each_framework!(
    an_update_that_is_larger_than_what_a_bot_keeps_is_refused,
    |on| {
        let running = Running::on(on);
        let body = json!({ "message": { "text": "a".repeat(64 << 10) } }).to_string();
        assert_eq!(running.ask("POST", "/bot7/update", JSON, &body).status, 413);
    }
);

on_each_framework!(a_bot_has_its_prefix_once, |on| {
    let running = Running::on(on);
    let post = |path| running.ask("POST", path, JSON, "{}").status;
    assert_eq!([post("/7/update"), post("/botbot7/update")], [404, 204]);
    assert_eq!(get(&running, ""), [], "it was for another bot");
    assert_eq!(
        running.get("/botbot7/getUpdates").json()["result"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
});
