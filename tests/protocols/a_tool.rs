//! MCP's multi-round-trip requests, of 28 July 2026:
//! <https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr>.

use std::time::Duration;

use serde_json::{Value, json};
use support::{on_each_framework, until};

use crate::running::{Asked, Of::Mcp, Running};
use crate::sealed::Seal;

fn call(running: &Running, client: &str, params: &Value) -> Asked {
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    let headers = format!("authorization: {client}\r\ncontent-type: application/json\r\n");
    running.send("POST", "/mcp", &headers, &call.to_string())
}

fn order(goods: &str) -> Value {
    json!({ "name": "order", "arguments": { "goods": goods } })
}

/// The first round, up to the question.
fn question(running: &Running, client: &str, goods: &str) -> Value {
    let job = begun(running);
    let asked = call(running, client, &order(goods));
    running.held(Mcp, 1);
    running.all.mcp.jobs.finish(job, "12 euros").unwrap();
    let reply = asked.reply().json();
    assert_eq!(
        (&reply["jsonrpc"], &reply["id"]),
        (&"2.0".into(), &7.into())
    );
    reply["result"].clone()
}

/// The order again, with what the client has got and its answer.
fn again(goods: &str, state: &Value, action: &str) -> Value {
    let mut params = order(goods);
    params["requestState"] = state.clone();
    params["inputResponses"] = json!({ "confirm": { "action": action, "content": {} } });
    params
}

fn begun(running: &Running) -> usize {
    running.all.mcp.jobs.table.lock().unwrap().begun
}

/// What is being done.
fn open(running: &Running) -> Vec<String> {
    let table = running.all.mcp.jobs.table.lock().unwrap();
    table.open.values().map(|(what, _)| what.clone()).collect()
}

on_each_framework!(
    a_tool_asks_and_goes_on_with_the_answer_and_what_it_knew,
    |on| {
        let running = Running::on(on);
        let result = question(&running, "me", "tea");
        assert_eq!(result["resultType"], "input_required");
        assert_eq!(
            result["inputRequests"]["confirm"]["method"],
            "elicitation/create"
        );
        let message = result["inputRequests"]["confirm"]["params"]["message"].clone();
        assert_eq!(message, "Buy for 12 euros?");
        let asked = call(
            &running,
            "me",
            &again("tea", &result["requestState"], "accept"),
        );
        running.held(Mcp, 1);
        assert_eq!(open(&running), [r#"{"goods":"tea"} for 12 euros"#]);
        running.all.mcp.jobs.finish(1, "bought").unwrap();
        let result = asked.reply().json()["result"].clone();
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["content"][0]["text"], "bought");
    }
);

on_each_framework!(
    a_round_begins_its_work_once_however_many_passes_it_has,
    |on| {
        let running = Running::on(on);
        let asked = call(&running, "me", &order("tea"));
        running.held(Mcp, 1);
        for _ in 0..3 {
            let passes = running.all.hubs[Mcp as usize].stats().passes.resumed;
            running.all.hubs[Mcp as usize].notify("job 0");
            until("it is executed again", || {
                running.all.hubs[Mcp as usize].stats().passes.resumed > passes
            });
            running.held(Mcp, 1);
        }
        assert_eq!(begun(&running), 1);
        running.all.mcp.jobs.finish(0, "12 euros").unwrap();
        assert_eq!(
            asked.reply().json()["result"]["resultType"],
            "input_required"
        );
        assert_eq!(begun(&running), 1);
    }
);

on_each_framework!(
    a_user_who_declines_buys_nothing_and_one_that_says_nothing_is_asked_again,
    |on| {
        let running = Running::on(on);
        let result = question(&running, "me", "tea");
        let declined = call(
            &running,
            "me",
            &again("tea", &result["requestState"], "decline"),
        )
        .reply();
        assert_eq!(
            declined.json()["result"]["content"][0]["text"],
            "not bought"
        );
        let mut without = again("tea", &result["requestState"], "accept");
        without["inputResponses"] = json!({});
        let asked = call(&running, "me", &without).reply().json();
        assert_eq!(asked["result"]["resultType"], "input_required");
        assert_eq!(begun(&running), 1);
    }
);

on_each_framework!(
    a_state_is_good_for_the_same_order_of_the_same_client_alone,
    |on| {
        let running = Running::on(on);
        let state = question(&running, "me", "tea")["requestState"].clone();
        let cheaper = format!("x{}", state.as_str().unwrap()).into();
        let refused = [
            ("you", "tea", &state),
            ("me", "gold", &state),
            ("me", "tea", &cheaper),
        ];
        for (client, goods, state) in refused {
            let reply = call(&running, client, &again(goods, state, "accept"))
                .reply()
                .json();
            assert_eq!(reply["error"]["code"], -32602, "{client} {goods}");
        }
        assert_eq!(begun(&running), 1);
    }
);

on_each_framework!(what_it_does_not_know_is_an_error, |on| {
    let running = Running::on(on);
    let reply = call(&running, "me", &json!({ "name": "steal" }))
        .reply()
        .json();
    assert_eq!(reply["error"]["code"], -32601);
    assert_eq!(
        running.ask("POST", "/mcp", "", "nonsense").json()["error"]["code"],
        -32601
    );
});

on_each_framework!(what_takes_too_long_is_an_error, |on| {
    let running = Running::on(on);
    let asked = call(&running, "me", &order("tea"));
    running.held(Mcp, 1);
    assert_eq!(running.advance(Mcp, Duration::from_secs(60)), 1);
    let reply = asked.reply();
    assert_eq!(reply.status, 200, "an error of the protocol");
    assert_eq!(
        (&reply.json()["id"], &reply.json()["error"]["code"]),
        (&7.into(), &(-32001).into())
    );
});

on_each_framework!(a_job_ends_with_its_request, |on| {
    let running = Running::on(on);
    question(&running, "me", "tea");
    let asked = call(&running, "me", &order("tea"));
    running.held(Mcp, 1);
    assert_eq!(open(&running).len(), 1, "the one before is done");
    drop(asked);
    running.held(Mcp, 0);
    until("it is forgotten", || open(&running).is_empty());
    assert_eq!(running.all.mcp.jobs.finish(1, "12 euros"), None);
});

#[test]
fn a_state_lasts_until_its_end() {
    let [seal, other] = ["7", "8"].map(|secret| Seal::new(secret.repeat(32)).unwrap());
    let state = seal.seal(b"me", 100, "12 euros");
    assert_eq!(seal.open(b"me", 99, &state).as_deref(), Some("12 euros"));
    assert_eq!(seal.open(b"me", 100, &state), None);
    assert_eq!(other.open(b"me", 99, &state), None);
}

#[test]
fn a_secret_that_can_be_guessed_is_none() {
    assert!(Seal::new("7".repeat(31)).is_none());
}
