//! A cursor in a tag comes back through proxies that compress.

use bytes::Bytes;
use dacapo::manners::{self, ETag};
use dacapo::{Continuation, Cursor, Outcome};
use futures::FutureExt;
use http::header::{HeaderMap, IF_NONE_MATCH};
use http::{Request, Response};
use support::on_each_framework;

use crate::{HOLD, get, headers, hub, serve};

/// What proxies make of a tag.
const PROXIES: [fn(&str) -> String; 6] = [
    |tag| tag.to_owned(),
    |tag| format!("W/{tag}"),
    |tag| suffixed(tag, "-gzip"),
    |tag| suffixed(tag, "--gzip"),
    |tag| suffixed(tag, ";br"),
    |tag| format!("W/{}", suffixed(tag, "-gzip;br")),
];

fn suffixed(tag: &str, suffix: &str) -> String {
    format!("{}{suffix}\"", tag.trim_end_matches('"'))
}

async fn news(c: Continuation<String>, request: Request<Bytes>) -> Outcome<Response<Bytes>> {
    let seen = manners::cursor(request.headers());
    if !c.changed("news", &seen) && !c.is_expired() {
        return Err(c.suspend("news", HOLD));
    }
    let mut response = Response::default();
    ETag::of_cursor(&c.advance(seen)).write(response.headers_mut());
    Ok(response)
}

on_each_framework!(a_cursor_survives_compression_and_weak_tags, |on| {
    let (hub, _clock) = hub();
    let server = serve(on, &hub, news);
    for proxy in PROXIES {
        let answer = get(&server, HeaderMap::new()).now_or_never().unwrap();
        let tag = proxy(answer.headers()["etag"].to_str().unwrap());
        let mut held = get(&server, headers(IF_NONE_MATCH, &["\"another\"", &tag]));
        assert!(held.as_mut().now_or_never().is_none(), "{tag} is not known");
        hub.notify("news");
        assert!(held.now_or_never().is_some());
        let again = get(&server, headers(IF_NONE_MATCH, &[&tag]));
        assert!(again.now_or_never().is_some(), "{tag} has not seen that");
    }
});

#[test]
fn of_several_tags_the_first_that_is_a_cursor_counts_and_nonsense_is_no_cursor() {
    let (hub, _clock) = hub();
    let (one, _) = (hub.cursor(), hub.notify("news"));
    let two = hub.cursor();
    let read = |values: &[&str]| manners::cursor(&headers(IF_NONE_MATCH, values));
    let tags = format!(
        "*, \"x\", {}, {}",
        ETag::of_cursor(&one).weak(),
        ETag::of_cursor(&two)
    );
    assert_eq!(read(&[&tags]), one);
    let half = format!("\"x-{one}\"");
    for nonsense in ["", "*", "\"\"", "\"x\"", &half, "\"00000000000000ff.\""] {
        assert_eq!(read(&[nonsense]), Cursor::default(), "{nonsense}");
    }
    let many = ETag::of_cursor(&two).to_string();
    assert_eq!(read(&["\"x\"", &many]), two);
}

#[test]
fn a_number_in_a_tag_is_found_whatever_a_proxy_has_made_of_it() {
    let version = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("if-none-match", value.parse().unwrap());
        manners::version::<u64>(&headers)
    };
    for value in [
        r#""7""#,
        r#"W/"7""#,
        r#""7-gzip""#,
        r#"W/"7;br""#,
        r#""x", "7", "8""#,
        "7",
    ] {
        assert_eq!(version(value), Some(7), "{value}");
    }
    for value in ["*", r#""x""#, r#""""#, r#""7.5""#] {
        assert_eq!(version(value), None, "{value}");
    }
}
