//! MCP's multi-round-trip requests: a tool that needs an answer of the user ends its request with `input_required`, and
//! the client sends the request again with the answer. Each round is a request. What a round has found out travels in
//! `requestState`, sealed. Within a round, the model is `hub.run` (a layer) with `once`.
//!
//! The tool `order` asks for a price, which takes a while, lets the user confirm it, and buys, which takes a while too.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::sealed::Seal;
use crate::wire;

#[derive(Clone)]
pub(crate) struct Mcp {
    hub: Hub<String>,
    seal: Seal,
    pub(crate) jobs: Arc<Mutex<Vec<Job>>>,
}

/// What has been begun, and the result.
type Job = (String, Option<String>);

/// How long a user may think, in seconds.
const VALID: i64 = 600;

impl Mcp {
    pub(crate) fn new(hub: &Hub<String>, seal: Seal) -> Self {
        let (hub, jobs) = (hub.clone(), Arc::default());
        Self { hub, seal, jobs }
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
        let now = OffsetDateTime::now_utc().unix_timestamp();
        // What a state is good for: this order of this client.
        let goods = params["arguments"].to_string();
        let client = from.get("authorization").map(|value| value.as_bytes());
        let context = [client.unwrap_or_default(), goods.as_bytes()].join(&b'\n');
        let Some(state) = params["requestState"].as_str() else {
            let price = self.work(c, &format!("the price of {goods}")).await?;
            return Ok(self.ask(&context, now, &price));
        };
        let Some(price) = self.seal.open(&context, now, state) else {
            let error = json!({ "code": -32602, "message": "this state is not valid" });
            return Ok(json!({ "error": error }));
        };
        let text = match params["inputResponses"]["confirm"]["action"].as_str() {
            Some("accept") => self.work(c, &format!("{goods} for {price}")).await?,
            Some(_) => "not bought".to_owned(),
            None => return Ok(self.ask(&context, now, &price)),
        };
        let content = json!([{ "type": "text", "text": text }]);
        Ok(json!({ "result": { "resultType": "complete", "content": content } }))
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

    /// Begins something that takes a while, once in a round, and waits for its result.
    async fn work(&self, c: &Continuation<String>, what: &str) -> Outcome<String> {
        let begin = async || -> Outcome<usize> {
            let mut jobs = self.jobs.lock().unwrap();
            jobs.push((what.to_owned(), None));
            Ok(jobs.len() - 1)
        };
        let job = *c.once(what, begin).await?;
        let result = self.jobs.lock().unwrap()[job].1.clone();
        result.ok_or_else(|| c.suspend(&format!("job {job}"), Duration::from_secs(60)))
    }

    /// A job is done, if there is such a job.
    pub(crate) fn finish(&self, job: usize, result: &str) -> Option<()> {
        self.jobs.lock().unwrap().get_mut(job)?.1 = Some(result.to_owned());
        self.hub.notify(&format!("job {job}"));
        Some(())
    }
}
