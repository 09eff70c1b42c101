//! An answer that comes from outside the handler.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;

/// The answer to a request that was not given by its handler: by
/// [`Handle::complete`](crate::Handle::complete), by [`Hub::respond`](crate::Hub::respond), or by
/// [`Suspended::or_respond`](crate::Suspended::or_respond) when its time was up.
///
/// The adapters send it. Who executes a handler with [`Hub::run`](crate::Hub::run) gets it as
/// [`Error::Completed`](crate::Error::Completed), and [`Error::response`](crate::Error::response)
/// is the answer:
///
/// ```
/// # use bytes::Bytes;
/// # use dacapo::{Continuation, Hub, Outcome};
/// # use http::Response;
/// # async fn answer(hub: &Hub<String>, handler: fn(Continuation<String>) -> futures::future::Ready<Outcome<Response<Bytes>>>) -> Response<Bytes> {
/// hub.run(handler).await.unwrap_or_else(|error| error.response())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Completion(Arc<Response<Bytes>>);

impl Completion {
    pub(crate) fn new(response: Response<Bytes>) -> Self {
        Self(Arc::new(response))
    }

    /// The answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        Arc::unwrap_or_clone(self.0)
    }
}

impl AsRef<Response<Bytes>> for Completion {
    fn as_ref(&self) -> &Response<Bytes> {
        &self.0
    }
}

/// Equal are those that are sent alike: extensions do not count.
impl PartialEq for Completion {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        one.status() == other.status()
            && one.version() == other.version()
            && one.headers() == other.headers()
            && one.body() == other.body()
    }
}

impl Eq for Completion {}
