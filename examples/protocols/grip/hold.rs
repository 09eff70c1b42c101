//! What a handler says in the headers of its response.

use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Suspended};
use http::{HeaderMap, Response};

/// What a handler has said.
pub(super) struct Hold {
    pub(super) is_stream: bool,
    pub(super) channels: Vec<String>,
    timeout: Duration,
}

impl Hold {
    /// Takes the instructions out of the headers of a response.
    pub(super) fn take(headers: &mut HeaderMap) -> Option<Self> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let hold = text("grip-hold").map(str::to_owned)?;
        let timeout = text("grip-timeout")
            .and_then(|seconds| seconds.parse().ok())
            .unwrap_or(55);
        let channels = headers.get_all("grip-channel").iter();
        let channels = channels
            .filter_map(|names| names.to_str().ok())
            .flat_map(|names| names.split(','));
        // Behind a semicolon are parameters.
        let channels = channels.filter_map(|name| name.split(';').next());
        let channels = channels.map(|name| name.trim().to_owned()).collect();
        for name in [
            "grip-hold",
            "grip-channel",
            "grip-timeout",
            "content-length",
        ] {
            headers.remove(name);
        }
        let (is_stream, timeout) = (hold == "stream", Duration::from_secs(timeout));
        Some(Self {
            is_stream,
            channels,
            timeout,
        })
    }

    /// Holds the request. When its time is up, it gets the handler's response.
    pub(super) fn suspend(&self, c: &Continuation<String>, response: Response<Bytes>) -> Suspended {
        c.suspend_any(&self.channels, self.timeout)
            .or_respond(response)
    }
}
