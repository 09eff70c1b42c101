//! A request is held while its client has the latest version.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dacapo::manners::ETag;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH};
use http::{Method, Request, Response, StatusCode};
use support::{Framework, Pending, Server, on_each_framework};

use crate::{HOLD, get, headers, hub, put, serve};

/// A text and the number of its version.
#[derive(Clone)]
struct Schedule {
    hub: Hub<String>,
    state: Arc<Mutex<(u64, Bytes)>>,
}

impl Schedule {
    fn new(hub: &Hub<String>) -> Self {
        let (hub, state) = (hub.clone(), Arc::new(Mutex::new((1, "empty".into()))));
        Self { hub, state }
    }

    async fn handle(
        self,
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        match request.method() == Method::PUT {
            true => Ok(self.write(request)),
            false => self.read(&c, request.headers()),
        }
    }

    fn read(&self, c: &Continuation<String>, headers: &HeaderMap) -> Outcome<Response<Bytes>> {
        let (version, text) = self.state.lock().unwrap().clone();
        let tag = ETag::new(version.to_string());
        if !tag.is_known(headers) {
            let mut response = Response::new(text);
            tag.write(response.headers_mut());
            return Ok(response);
        }
        match c.is_expired() {
            true => Ok(tag.not_modified()),
            false => Err(c.suspend("schedule", HOLD)),
        }
    }

    fn write(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (mut state, mut response) = (self.state.lock().unwrap(), Response::default());
        if !ETag::new(state.0.to_string()).is_expected(request.headers()) {
            *response.status_mut() = StatusCode::PRECONDITION_FAILED;
            return response;
        }
        *state = (state.0 + 1, request.into_body());
        ETag::new(state.0.to_string()).write(response.headers_mut());
        drop(state);
        self.hub.notify("schedule");
        response
    }
}

fn server(on: impl Framework, hub: &Hub<String>) -> Server {
    let schedule = Schedule::new(hub);
    serve(on, hub, move |c, request| {
        schedule.clone().handle(c, request)
    })
}

fn poll(server: &Server, tag: &str) -> Pending {
    get(server, headers(IF_NONE_MATCH, &[tag]))
}

#[track_caller]
fn answer(pending: Pending) -> (u16, String, Bytes) {
    let response = pending.now_or_never().unwrap();
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    (response.status().as_u16(), tag, response.into_body())
}

fn is_held(pending: &mut Pending) -> bool {
    pending.as_mut().now_or_never().is_none()
}

on_each_framework!(
    a_client_that_has_the_latest_version_is_held_and_gets_a_304_in_the_end,
    |on| {
        let (hub, clock) = hub();
        let server = server(on, &hub);
        let (status, tag, text) = answer(get(&server, HeaderMap::new()));
        assert_eq!((status, &*text), (200, &b"empty"[..]));

        let mut pending = poll(&server, &tag);
        assert!(is_held(&mut pending));
        assert_eq!(clock.advance(HOLD), 1);
        let response = pending.now_or_never().unwrap();
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        let said = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!((said("etag"), said("cache-control")), (&*tag, "no-cache"));
        assert!(response.body().is_empty());
        assert!(is_held(&mut poll(&server, &tag)), "and is held again");
    }
);

on_each_framework!(
    everyone_is_told_of_a_change_but_the_one_that_made_it,
    |on| {
        let (hub, _clock) = hub();
        let server = server(on, &hub);
        let (_, tag, _) = answer(get(&server, HeaderMap::new()));
        let mut other = poll(&server, &tag);
        assert!(is_held(&mut other));

        let (status, new, _) = answer(put(&server, headers(IF_MATCH, &[&tag]), "at nine"));
        assert_eq!(status, 200);
        assert!(is_held(&mut poll(&server, &new)), "the changer knows it");
        assert_eq!(answer(other), (200, new.clone(), "at nine".into()));

        let late = put(&server, headers(IF_MATCH, &[&tag]), "at ten").now_or_never();
        assert_eq!(late.unwrap().status(), StatusCode::PRECONDITION_FAILED);
        assert!(is_held(&mut poll(&server, &new)), "nothing was overwritten");
    }
);

on_each_framework!(a_change_between_two_polls_is_told_with_the_second, |on| {
    let (hub, _clock) = hub();
    let server = server(on, &hub);
    let (_, tag, _) = answer(get(&server, HeaderMap::new()));
    answer(put(&server, HeaderMap::new(), "at nine"));
    assert_eq!(answer(poll(&server, &tag)).2, "at nine");
});

#[test]
fn tags_are_compared_as_rfc_9110_wants_it() {
    let (strong, weak) = (ETag::new("1"), ETag::new("1").weak());
    let (other, weak_other) = (ETag::new("2"), ETag::new("2").weak());
    let compare = |one: &ETag, two: &ETag| (one.strong_eq(two), one.weak_eq(two));
    assert_eq!(compare(&weak, &weak), (false, true));
    assert_eq!(compare(&weak, &weak_other), (false, false));
    assert_eq!(compare(&weak, &strong), (false, true));
    assert_eq!(compare(&strong, &strong), (true, true));
    assert_eq!(compare(&strong, &other), (false, false));
}

#[test]
fn a_client_has_what_it_names_in_whatever_form() {
    let tag = ETag::new("x");
    let is_known = |values: &[&str]| tag.is_known(&headers(IF_NONE_MATCH, values));
    for value in [
        r#""x""#,
        r#"W/"x""#,
        r#"w/"x""#,
        r#""x-gzip""#,
        r#"W/"x-gzip""#,
        r#""x;br""#,
        r#""x--gzip""#,
        "*",
        "x",
        r#""a" , "x""#,
        r#""a,b","x""#,
        r#"nonsense, W/"x""#,
        r#"W/, "x""#,
        r#""x"-gzip"#,
    ] {
        assert!(is_known(&[value]), "{value}");
    }
    assert!(is_known(&[r#""a""#, r#""x""#]));
    for value in [
        "",
        ",",
        r#""""#,
        r#""X""#,
        r#""xy""#,
        r#""a,x""#,
        r#""gzip""#,
        r#""x-lzma""#,
        r#""*""#,
        r#"W/*"#,
    ] {
        assert!(!is_known(&[value]), "{value}");
    }
    assert!(!is_known(&[]));
    assert!(tag.weak().is_known(&headers(IF_NONE_MATCH, &[r#""x""#])));
}

#[test]
fn a_write_may_happen_if_its_client_has_seen_what_it_overwrites() {
    let tag = ETag::new("x");
    let is_expected = |values: &[&str]| tag.is_expected(&headers(IF_MATCH, values));
    for values in [
        &[][..],
        &["*"],
        &[r#""x""#],
        &[r#""a", "x-gzip""#],
        &[r#""a""#, r#""x""#],
    ] {
        assert!(is_expected(values), "{values:?}");
    }
    for value in ["", r#"W/"x""#, r#""a""#, "nonsense"] {
        assert!(!is_expected(&[value]), "{value}");
    }
    assert!(
        !tag.clone()
            .weak()
            .is_expected(&headers(IF_MATCH, &[r#""x""#]))
    );
}

#[test]
fn equal_content_has_the_same_tag_everywhere_and_other_content_another() {
    let tag = ETag::of_content("da capo").to_string();
    assert_eq!(
        tag, r#""91c20c5023f15bb1324564b2e6dd7139""#,
        "on every node and in every version"
    );
    assert_ne!(ETag::of_content("da capo al fine").to_string(), tag);
}

#[test]
fn what_is_no_tag_in_quotes_is_refused() {
    for text in [
        "",
        "x",
        "\"",
        "\"x",
        "x\"",
        "W/x",
        "\"a\"b\"",
        "\"a b\"",
        "\"\u{e9}\"",
        "*",
    ] {
        assert!(text.parse::<ETag>().is_err(), "{text}");
    }
    assert_eq!(
        "W/\"x-gzip\"".parse::<ETag>().unwrap().to_string(),
        "W/\"x-gzip\""
    );
}
