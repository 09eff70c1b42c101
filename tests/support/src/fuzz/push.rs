//! A push of any bytes, and what must be true of it.

use bytes::Bytes;
use dacapo::push::{Push, Token};
use dacapo::{Continuation, Hub};
use futures::executor::block_on;
use futures::{FutureExt, stream};
use http::{Method, Request, Uri};

use super::reader::Reader;
use crate::{Actix, Application, Axum, Body, Framework};

/// It is carried out with the token alone, and says the same on both frameworks and without one.
pub fn push(data: &[u8]) {
    let Some(sent) = Sent::read(data) else {
        return;
    };
    let alone = sent.without_a_framework();
    assert_eq!(alone, sent.on(Axum), "{sent:?}");
    assert_eq!(alone, sent.on(Actix), "{sent:?}");
}

/// What a client sends.
#[derive(Debug)]
struct Sent {
    method: Method,
    /// From the mount on; `ID` stands for the id of the request that is held.
    target: String,
    authorization: Option<Vec<u8>>,
    body: Bytes,
}

impl Sent {
    fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let method = reader.one_of(&["POST", "POST", "POST", "GET", "HEAD", "PUT", "OPTIONS"]);
        let authorization = match reader.below(6) {
            0..=2 => Some(RIGHT.into()),
            3 => None,
            4 => Some(reader.bytes(40).into()),
            _ => Some([&RIGHT[..reader.below(30).into()], reader.bytes(8)].concat()),
        };
        let before = reader.one_of(&["/", "/keys/", "/requests/", "/requests/ID", "/keys/a"]);
        let middle = text(&mut reader, 24);
        let behind = reader.one_of(&["", "/answer", "/notify", "/answer?status=", "/notify?by="]);
        let end = text(&mut reader, 12);
        let target = format!("{before}{middle}{behind}{end}");
        // axum takes a second slash right behind the mount for one.
        let is_seen_alike = !target.starts_with("//");
        Some(Self {
            method: method.parse().unwrap(),
            target: Some(target).filter(|_| is_seen_alike)?,
            authorization: authorization.filter(|value| is_header(value)),
            body: Bytes::copy_from_slice(reader.bytes(100)),
        })
        .filter(|sent| sent.uri("/push", "0").is_some())
    }

    fn uri(&self, mount: &str, id: &str) -> Option<Uri> {
        let target = self.target.replace("ID", id);
        format!("{mount}{target}").parse().ok()
    }

    /// Without the token, nothing may be read of the body.
    fn body(&self) -> Body {
        match (self.has_token(), self.body.is_empty()) {
            (true, true) => Body::empty(),
            (true, false) => self.body.clone().into(),
            (false, _) => Body::from_stream(stream::poll_fn(
                |_| -> std::task::Poll<Option<Result<Bytes, _>>> {
                    panic!("the body was read without the token")
                },
            )),
        }
    }

    fn has_token(&self) -> bool {
        let Some(value) = &self.authorization else {
            return false;
        };
        let (scheme, token) = value.split_at(value.len().min(6));
        let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && token.starts_with(b" ");
        is_bearer && token.trim_ascii_start() == TOKEN.as_bytes()
    }

    fn request<B>(&self, uri: Uri, body: B) -> Request<B> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        if let Some(value) = &self.authorization {
            let value = http::HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().insert("authorization", value);
        }
        request
    }

    fn on(&self, on: impl Framework) -> (u16, Bytes) {
        self.within(|push, id| {
            let server = on.serve_with_push(Application::new(), "/push", push);
            let uri = self.uri("/push", id).unwrap();
            block_on(server.send(self.request(uri, self.body())))
        })
    }

    fn without_a_framework(&self) -> (u16, Bytes) {
        self.within(|push, id| {
            let uri = self.uri("", id).unwrap_or_default();
            let (head, body) = self.request(uri, self.body.clone()).into_parts();
            block_on(push.answer(&head, async {
                assert!(self.has_token(), "the body was read without the token");
                Ok(body)
            }))
        })
    }

    /// Lets a request wait for a key, sends a push, and looks at what it has done.
    fn within(
        &self,
        send: impl FnOnce(Push<String>, &str) -> http::Response<Bytes>,
    ) -> (u16, Bytes) {
        let (hub, _clock) = Hub::<String>::with_mock_clock();
        let (tell, told) = std::sync::mpsc::channel();
        let mut held = Box::pin(hub.run(move |c: Continuation<String>| {
            tell.send(c.handle().id().to_string()).unwrap();
            async move {
                if c.is_initial() {
                    Err(c.suspend("a", std::time::Duration::MAX))
                } else {
                    Ok(())
                }
            }
        }));
        assert!(held.as_mut().now_or_never().is_none());
        let push = Push::new(&hub, Token::new(TOKEN).unwrap()).max_body_size(64);
        let answer = send(push, &told.recv().unwrap());

        let pushes = hub.stats().pushes;
        assert_eq!(pushes.total(), 1);
        let is_done = answer.status() == 200;
        assert_eq!(is_done, pushes.refused == 0, "{answer:?}");
        assert_eq!(answer.status() == 401, !self.has_token(), "{answer:?}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let is_held = held.now_or_never().is_none();
        assert!(is_done || is_held, "a refused push has reached a request");
        // The server behind the framework takes it away.
        let body = match self.method {
            Method::HEAD => Bytes::new(),
            _ => answer.body().clone(),
        };
        (answer.status().as_u16(), body)
    }
}

/// Letters that mean something in a path or in a query, and some that do not.
fn text(reader: &mut Reader<'_>, end: u8) -> String {
    let letters = reader.list(end, |reader| reader.one_of(LETTERS));
    letters.into_iter().map(char::from).collect()
}

const LETTERS: &[u8] = b"aID0259%%%fFeEcC//..?&=+;:@\\#~-statusby\"<{|";

fn is_header(value: &[u8]) -> bool {
    http::HeaderValue::from_bytes(value).is_ok()
}

const TOKEN: &str = "the-token-of-the-fuzzer";

const RIGHT: &[u8] = b"Bearer the-token-of-the-fuzzer";
