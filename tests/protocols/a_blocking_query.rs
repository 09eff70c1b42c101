//! Consul's blocking queries: <https://developer.hashicorp.com/consul/api-docs/features/blocking>.

use std::time::Duration;

use support::on_each_framework;

use crate::running::{Of::Consul, Reply, Running};

const SECOND: Duration = Duration::from_secs(1);

fn index(reply: &Reply) -> u64 {
    reply.header("x-consul-index").unwrap().parse().unwrap()
}

fn put(running: &Running, key: &str, value: &str) {
    let reply = running.ask("PUT", &format!("/v1/kv/{key}"), "", value);
    assert_eq!((reply.status, &*reply.body), (200, "true"));
}

on_each_framework!(a_query_without_an_index_is_answered_at_once, |on| {
    let running = Running::on(on);
    put(&running, "drink", "tea");
    let reply = running.get("/v1/kv/drink?wait=10s");
    assert_eq!(
        (reply.status, &reply.json()[0]["Value"]),
        (200, &"dGVh".into())
    );
    assert!(index(&reply) > 0, "an index is never zero");
    assert!(running.get("/v1/kv/drink?index=0&wait=10s").status == 200);
});

on_each_framework!(a_query_is_held_until_its_key_changes, |on| {
    let running = Running::on(on);
    put(&running, "drink", "tea");
    let before = index(&running.get("/v1/kv/drink"));
    let held = running.send("GET", &format!("/v1/kv/drink?index={before}"), "", "");
    running.held(Consul, 1);
    put(&running, "food", "bread");
    running.held(Consul, 1);
    put(&running, "drink", "milk");
    let reply = held.reply();
    assert_eq!(reply.json()[0]["Value"], "bWlsaw==");
    assert!(index(&reply) > before);
});

on_each_framework!(a_change_between_two_queries_is_in_the_second, |on| {
    let running = Running::on(on);
    let before = index(&running.get("/v1/kv/drink"));
    put(&running, "drink", "tea");
    let reply = running.get(&format!("/v1/kv/drink?index={before}"));
    assert_eq!(
        (reply.status, &reply.json()[0]["Key"]),
        (200, &"drink".into())
    );
});

on_each_framework!(a_key_that_does_not_exist_yet_is_waited_for, |on| {
    let running = Running::on(on);
    let missing = running.get("/v1/kv/drink");
    assert_eq!(missing.status, 404);
    let path = format!("/v1/kv/drink?index={}", index(&missing));
    let held = running.send("GET", &path, "", "");
    running.held(Consul, 1);
    put(&running, "drink", "tea");
    let reply = held.reply();
    assert_eq!(reply.status, 200);
    let held = running.send(
        "GET",
        &format!("/v1/kv/drink?index={}", index(&reply)),
        "",
        "",
    );
    running.held(Consul, 1);
    assert_eq!(running.ask("DELETE", "/v1/kv/drink", "", "").status, 200);
    assert_eq!(held.reply().status, 404);
});

on_each_framework!(
    after_its_wait_and_a_sixteenth_at_most_a_query_gets_the_same_again,
    |on| {
        for (wait, seconds) in [
            ("&wait=10s", 10),
            ("&wait=2m", 120),
            ("", 300),
            ("&wait=1000m", 600),
        ] {
            let running = Running::on(on);
            put(&running, "drink", "tea");
            let before = index(&running.get("/v1/kv/drink"));
            let held = running.send("GET", &format!("/v1/kv/drink?index={before}{wait}"), "", "");
            running.held(Consul, 1);
            assert_eq!(
                running.advance(Consul, SECOND * seconds - SECOND / 1000),
                0,
                "{wait}"
            );
            assert_eq!(
                running.advance(Consul, SECOND * seconds / 16 + SECOND / 100),
                1,
                "{wait}"
            );
            let reply = held.reply();
            assert_eq!(reply.json()[0]["Value"], "dGVh");
            assert!(index(&reply) >= before, "an index never goes back");
        }
    }
);

on_each_framework!(
    an_index_that_is_not_from_here_is_answered_at_once_with_one_that_is,
    |on| {
        let running = Running::on(on);
        put(&running, "drink", "tea");
        let reply = running.get("/v1/kv/drink?index=99999999999999999");
        assert_eq!(reply.status, 200);
        let held = running.send(
            "GET",
            &format!("/v1/kv/drink?index={}", index(&reply)),
            "",
            "",
        );
        running.held(Consul, 1);
        drop(held);
    }
);

on_each_framework!(a_key_may_look_like_the_path_before_it, |on| {
    let running = Running::on(on);
    put(&running, "/v1/kv/drink", "tea");
    assert_eq!(running.get("/v1/kv/drink").status, 404);
    assert_eq!(running.get("/v1/kv//v1/kv/drink").status, 200);
});
