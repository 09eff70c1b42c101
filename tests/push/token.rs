//! Without the token, nothing is done, and nothing is said of what would have been.

use std::task::Poll;

use bytes::Bytes;
use dacapo::Hub;
use dacapo::push::{Push, Token, TokenError};
use futures::stream;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use support::{Body, on_each_framework};

use super::{Site, TOKEN, answer, is_held, reached, said};

/// A push with these headers. Its body must not be read.
fn push(method: Method, path: &str, authorization: &[&[u8]]) -> Request<Body> {
    let body =
        stream::poll_fn(|_| -> Poll<Option<Result<Bytes, _>>> { panic!("the body is read") });
    let mut request = Request::new(Body::from_stream(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for value in authorization {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append("authorization", value);
    }
    request
}

/// Headers by which a request is no push.
fn wrong() -> Vec<Vec<Vec<u8>>> {
    let one = |value: &str| vec![value.as_bytes().to_vec()];
    let right = format!("Bearer {TOKEN}").into_bytes();
    vec![
        vec![],
        one(""),
        one("Bearer"),
        one("Bearer "),
        one(TOKEN),
        one(&format!("Basic {TOKEN}")),
        one(&format!("Bearer{TOKEN}")),
        one(&format!("Bearer:{TOKEN}")),
        one(&format!("Bearer\t{TOKEN}")),
        one(&format!("Bearer {}", &TOKEN[..TOKEN.len() - 1])),
        one(&format!("Bearer {}", &TOKEN[1..])),
        one(&format!("Bearer {TOKEN}1")),
        one(&format!("Bearer {TOKEN} {TOKEN}")),
        one(&format!("Bearer {}", TOKEN.to_uppercase())),
        one(&format!("Bearer Bearer {TOKEN}")),
        vec![b"Bearer \xff\xfe".to_vec()],
        vec![right.clone(), right.clone()],
        vec![right, b"Bearer another".to_vec()],
    ]
}

on_each_framework!(
    without_the_token_every_push_gets_the_same_answer_and_does_nothing,
    |on| {
        let site = Site::new(on);
        let (mut held, id) = site.hold("lobby");
        let mut answers: Vec<(HeaderMap, Bytes)> = Vec::new();
        for authorization in wrong() {
            let authorization: Vec<_> = authorization.iter().map(Vec::as_slice).collect();
            for path in [
                &format!("/push/requests/{id}"),
                "/push/keys/lobby/answer",
                "/push/keys/lobby/notify",
                "/push/keys/%zz/notify?status=0",
                "/push/nowhere",
                "/push",
            ] {
                for method in [Method::POST, Method::GET] {
                    let refused = site.server.send(push(method, path, &authorization));
                    let refused = answer(&mut { refused });
                    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
                    assert_eq!(refused.headers()["www-authenticate"], "Bearer");
                    let (head, body) = refused.into_parts();
                    answers.push((head.headers, body));
                }
            }
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert!(is_held(&mut held));
    }
);

on_each_framework!(
    the_scheme_may_be_written_in_any_case_and_with_spaces_behind_it,
    |on| {
        let site = Site::new(on);
        for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR   "] {
            let request = Request::post("/push/keys/lobby/notify");
            let request = request.header("authorization", format!("{scheme}{TOKEN}"));
            let mut push = site.server.send(request.body(Body::empty()).unwrap());
            assert_eq!(said(&mut push), reached(0), "{scheme}");
        }
    }
);

on_each_framework!(each_of_several_tokens_is_good_and_no_other_one, |on| {
    let old = "the.old/token+of~last_year==";
    let site = Site::for_clients_with(on, Token::new(TOKEN).unwrap().or(old).unwrap());
    for (token, status) in [(TOKEN, 200), (old, 200), (&old[..27], 401), ("", 401)] {
        let request = Request::post("/push/keys/lobby/notify");
        let request = request.header("authorization", format!("Bearer {token}"));
        let mut push = site.server.send(request.body(Body::empty()).unwrap());
        assert_eq!(answer(&mut push).status(), status, "{token}");
    }
});

#[test]
fn a_token_that_can_be_guessed_or_not_be_sent_is_refused_when_it_is_made() {
    for length in 0..16 {
        let short = Token::new(&"x".repeat(length)).unwrap_err();
        assert_eq!(short, TokenError::TooShort { length });
        assert!(short.to_string().contains("at least 16 letters"), "{short}");
    }
    for wrong in [
        "a token with spaces",
        "ends-with-a-line\n",
        "ein-Wort-mit-Ümlaut",
        "colon:colon:colon",
    ] {
        let wrong = Token::new(wrong).unwrap_err();
        assert_eq!(wrong, TokenError::Unsendable);
        assert!(wrong.to_string().contains("the end of a line"), "{wrong}");
    }
    let good = Token::new(&"x".repeat(16)).unwrap();
    assert_eq!(
        good.or("short").unwrap_err(),
        TokenError::TooShort { length: 5 }
    );
}

#[test]
fn a_token_is_not_printed() {
    let token = Token::new(TOKEN).unwrap();
    let push = Push::new(&Hub::<String>::new(), token.clone());
    assert_eq!(format!("{token:?}"), "Token(…)");
    assert!(!format!("{push:?}").contains(&TOKEN[..4]));
}
