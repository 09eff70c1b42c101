//! Publishing: `send`, `hint` and `close`.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::Grip;

impl Grip {
    /// Publishes the items of a request to `/publish/`. The error says what is wrong with it.
    pub(crate) fn publish(&self, body: &[u8]) -> Result<(), serde_json::Error> {
        let request: Value = serde_json::from_slice(body)?;
        for item in request["items"].as_array().into_iter().flatten() {
            let (channel, formats) = (
                item["channel"].as_str().unwrap_or_default(),
                &item["formats"],
            );
            match (
                &formats["http-response"],
                formats["http-response"]["action"].as_str(),
            ) {
                (Value::Null, _) => {}
                (_, Some("hint")) => _ = self.responses.notify(channel),
                (response, _) => {
                    _ = self.responses.respond(channel, response_of(response));
                    // A handler that is running may have read what was true before.
                    self.responses.notify(channel);
                }
            }
            let stream = &formats["http-stream"];
            let content = match stream["action"].as_str() {
                Some("close") => Some(None),
                _ => stream["content"]
                    .as_str()
                    .map(|content| Some(content.to_owned().into())),
            };
            content.map(|content| self.contents.push(channel, content));
        }
        Ok(())
    }
}

fn response_of(format: &Value) -> Response<Bytes> {
    let code = format["code"]
        .as_u64()
        .and_then(|code| code.try_into().ok());
    let mut response = Response::builder().status(code.unwrap_or(200_u16));
    for (name, value) in format["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = format["body"].as_str().unwrap_or_default().to_owned();
    response.body(body.into()).unwrap_or_default()
}
