//! MCP's multi-round-trip requests: a tool that needs an answer of the user ends its request with `input_required`, and
//! the client sends the request again with the answer. Each round is a request. What a round has found out travels in
//! `requestState`, sealed. Within a round, the model is `hub.run` (a layer) with `once`.
//!
//! The tool `order` asks for a price, which takes a while, lets the user confirm it, and buys, which takes a while too.

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome, Suspended};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::jobs::Jobs;
use crate::sealed::Seal;
use crate::wire;

#[derive(Clone)]
pub(crate) struct Mcp {
    seal: Seal,
    pub(crate) jobs: Jobs,
}

/// How long a user may think, in seconds.
const VALID: i64 = 600;

impl Mcp {
    pub(crate) fn new(hub: &Hub<String>, seal: Seal) -> Self {
        let jobs = Jobs::new(hub);
        Self { seal, jobs }
    }

    pub(crate) async fn answer(
        self,
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        let call: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let (method, params) = (&call["method"], &call["params"]);
        let mut answer = match method == "tools/call" && params["name"] == "order" {
            true => self.order(&c, request.headers(), params).await?,
            false => json!({ "error": { "code": -32601, "message": "there is no such tool" } }),
        };
        (answer["jsonrpc"], answer["id"]) = ("2.0".into(), call["id"].clone());
        Ok(wire::json(200, &answer))
    }

    async fn order(
        &self,
        c: &Continuation<String>,
        from: &HeaderMap,
        params: &Value,
    ) -> Outcome<Value> {
        // In all passes the same: a state that was valid stays so while the work lasts.
        let now = *c.attribute_or_insert_with(|| OffsetDateTime::now_utc().unix_timestamp());
        // What a state is good for: this order of this client.
        let goods = params["arguments"].to_string();
        let client = from.get("authorization").map(|value| value.as_bytes());
        let context = [client.unwrap_or_default(), goods.as_bytes()].join(&b'\n');
        let Some(state) = params["requestState"].as_str() else {
            let price = self.work(c, &format!("the price of {goods}")).await?;
            return Ok(price.map_or_else(late, |price| self.ask(&context, now, &price)));
        };
        let Some(price) = self.seal.open(&context, now, state) else {
            let error = json!({ "code": -32602, "message": "this state is not valid" });
            return Ok(json!({ "error": error }));
        };
        let text = match params["inputResponses"]["confirm"]["action"].as_str() {
            Some("accept") => self.work(c, &format!("{goods} for {price}")).await?,
            Some(_) => Some("not bought".to_owned()),
            None => return Ok(self.ask(&context, now, &price)),
        };
        Ok(text.map_or_else(late, |text| {
            let content = json!([{ "type": "text", "text": text }]);
            json!({ "result": { "resultType": "complete", "content": content } })
        }))
    }

    fn ask(&self, context: &[u8], now: i64, price: &str) -> Value {
        let schema = json!({ "type": "object", "properties": {} });
        let message = format!("Buy for {price}?");
        let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
        let question = json!({ "method": "elicitation/create", "params": params });
        let state = self.seal.seal(context, now + VALID, price);
        let questions = json!({ "confirm": question });
        json!({ "result": {
            "resultType": "input_required", "inputRequests": questions, "requestState": state
        } })
    }

    /// Begins something that takes a while, once in a round, and waits for its result, unless that takes too long.
    async fn work(&self, c: &Continuation<String>, what: &str) -> Outcome<Option<String>> {
        let begin = async || Ok::<_, Suspended>(self.jobs.begin(c, what));
        let job = *c.once(what, begin).await?;
        match self.jobs.result(job) {
            None if !c.is_expired() => Err(self.jobs.wait(c, job)),
            result => Ok(result),
        }
    }
}

fn late() -> Value {
    json!({ "error": { "code": -32001, "message": "this takes too long, so begin again later" } })
}
