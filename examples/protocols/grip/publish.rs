//! Publishing: `send`, `hint` and `close`.

use std::fmt::Display;

use bytes::Bytes;
use dacapo::mailbox::PushError;
use http::{Response, StatusCode};
use serde_json::Value;

use super::Grip;

/// The status and the text for what is not published.
pub(crate) type Refused = (StatusCode, String);

impl Grip {
    /// Publishes the items of a request to `/publish/`, up to the first one that is wrong. The error says what is wrong
    /// with it.
    pub(crate) fn publish(&self, body: &[u8]) -> Result<(), Refused> {
        let request: Value = serde_json::from_slice(body).map_err(bad)?;
        let mut items = request["items"].as_array().into_iter().flatten();
        items.try_for_each(|item| self.publish_item(item))
    }

    fn publish_item(&self, item: &Value) -> Result<(), Refused> {
        let channel = item["channel"].as_str().unwrap_or_default();
        let (response, stream) = (
            &item["formats"]["http-response"],
            &item["formats"]["http-stream"],
        );
        if !response.is_null() {
            if response["action"] != "hint" {
                let response = response_of(response).map_err(bad)?;
                self.responses.respond(channel, response).map_err(bad)?;
            }
            // A handler that is running may have read what was true before.
            self.responses.notify(channel);
        }
        let content = match (stream["action"].as_str(), stream["content"].as_str()) {
            (Some("close"), _) => None,
            (_, Some(content)) => Some(content.to_owned().into()),
            _ => return Ok(()),
        };
        let pushed = self.contents.push(channel, content);
        let too_large = |error: PushError<_>| (StatusCode::PAYLOAD_TOO_LARGE, error.to_string());
        pushed.map(drop).map_err(too_large)
    }
}

fn response_of(format: &Value) -> http::Result<Response<Bytes>> {
    let code = match &format["code"] {
        Value::Null => Some(200),
        code => code.as_u64().and_then(|code| u16::try_from(code).ok()),
    };
    let code = code.unwrap_or_default(); // 0 is no status, which is an error below
    let mut response = Response::builder().status(code);
    for (name, value) in format["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = format["body"].as_str().unwrap_or_default().to_owned();
    response.body(body.into())
}

fn bad(error: impl Display) -> Refused {
    (StatusCode::BAD_REQUEST, error.to_string())
}
