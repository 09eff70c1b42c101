//! A request's head, as it was before the first pass.

use actix_web::HttpRequest;
use actix_web::dev::{Path, RequestHead, ServiceRequest, Url};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, Uri, Version};

/// The parts of a request that a pass can change, as they were before the first pass.
///
/// The snapshot is kept as long as the request is held. So the headers are a list, which takes a
/// fifth of the memory of a header map.
pub(super) struct Snapshot {
    path: Path<Url>,
    method: Method,
    uri: Uri,
    version: Version,
    headers: Box<[(HeaderName, HeaderValue)]>,
}

impl Snapshot {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let head = request.head();
        let headers = head.headers.iter();
        Self {
            path: request.match_info().clone(),
            method: head.method.clone(),
            uri: head.uri.clone(),
            version: head.version,
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        }
    }

    /// Restores what has changed, and nothing else: actix lets us change a request only while it is
    /// not shared, and around a single resource nothing has changed.
    pub(super) fn restore(&self, request: &mut ServiceRequest) {
        if !self.is_match(request.match_info()) {
            *request.match_info_mut() = self.path.clone();
        }
        if !self.is_head(request.head()) {
            self.put_back(request.head_mut());
        }
    }

    fn put_back(&self, head: &mut RequestHead) {
        head.method = self.method.clone();
        head.uri = self.uri.clone();
        head.version = self.version;
        head.headers.clear();
        for (name, value) in &self.headers {
            head.headers.append(name.clone(), value.clone());
        }
    }

    /// Whether the request still matches its path as before the first pass.
    fn is_match(&self, path: &Path<Url>) -> bool {
        path.as_str() == self.path.as_str()
            && path.unprocessed() == self.path.unprocessed()
            && path.iter().eq(self.path.iter())
    }

    fn is_head(&self, head: &RequestHead) -> bool {
        self.method == head.method
            && self.uri == head.uri
            && self.version == head.version
            && self.headers.len() == head.headers.len()
            && self.has_the_values(head)
    }

    /// Compares the headers in any order of the names.
    fn has_the_values(&self, head: &RequestHead) -> bool {
        let same_name = |name| self.headers.iter().filter(move |(other, _)| other == name);
        let mut names = self.headers.iter().map(|(name, _)| name);
        names.all(|name| {
            let values = same_name(name).map(|(_, value)| value);
            head.headers.get_all(name).eq(values)
        })
    }
}
