//! Consul's blocking queries, on its key-value store. The model is `hub.run` with a cursor.
//!
//! `GET /v1/kv/{key}?index=7&wait=10s` waits until the key changes after index 7. The index of an answer is in the
//! header `X-Consul-Index`, and never goes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use http::{Request, Response};

use crate::wire::{json, parameter, status};

/// The longest wait, with what is added to it at random.
pub(crate) const LONGEST: Duration = Duration::from_secs(600 + 600 / 16);

#[derive(Clone)]
pub(crate) struct Consul {
    hub: Hub<String>,
    values: Arc<Mutex<HashMap<String, Bytes>>>,
}

impl Consul {
    /// The hub must hold requests for as long as [`LONGEST`].
    pub(crate) fn new(hub: &Hub<String>) -> Self {
        let (hub, values) = (hub.clone(), Arc::default());
        Self { hub, values }
    }

    pub(crate) async fn answer(
        self,
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        let path = request.uri().path();
        let key = path.strip_prefix("/v1/kv/").unwrap_or(path);
        let value = request.body().clone();
        match request.method().as_str() {
            "GET" => return self.get(&c, key, &request),
            "PUT" => _ = self.values.lock().unwrap().insert(key.to_owned(), value),
            "DELETE" => _ = self.values.lock().unwrap().remove(key),
            _ => return Ok(status(405)),
        }
        self.hub.notify(key);
        Ok(json(200, &true.into()))
    }

    fn get(
        &self,
        c: &Continuation<String>,
        key: &str,
        request: &Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        let index = parameter(request, "index").and_then(|index| index.parse().ok());
        // 0 asks for an answer at once, and is before every number of the hub.
        let is_known = index.is_some_and(|index| !c.changed(key, &c.cursor_at(index)));
        if is_known && !c.is_expired() {
            let wait = c.attribute_or_insert_with(|| wait(parameter(request, "wait")));
            return Err(c.suspend(key, *wait));
        }
        let mut response = match self.values.lock().unwrap().get(key) {
            None => status(404),
            Some(value) => {
                let value = BASE64_STANDARD.encode(value);
                json(
                    200,
                    &serde_json::json!([{ "Key": key, "Flags": 0, "Value": value }]),
                )
            }
        };
        let headers = response.headers_mut();
        headers.insert("x-consul-index", c.number().into());
        Ok(response)
    }
}

/// At most ten minutes, by default five, and up to a sixteenth more, so that clients do not come back together.
fn wait(text: Option<String>) -> Duration {
    let text = text.unwrap_or_default();
    let digits = text.find(|char: char| !char.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(0));
    let wait = match (number.parse(), unit) {
        (Ok(number), "ms") => Duration::from_millis(number),
        (Ok(number), "s") => Duration::from_secs(number),
        (Ok(number), "m") => Duration::from_secs(number.saturating_mul(60)),
        _ => Duration::from_secs(300),
    };
    let wait = wait.min(Duration::from_secs(600));
    wait + wait.mul_f64(fastrand::f64() / 16.0)
}
