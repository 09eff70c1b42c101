//! What each path does, and what it says.

use dacapo::Hub;
use dacapo::push::{Push, Token};
use http::{Method, Request, StatusCode};
use support::{Application, Body, Framework, Pending, on_each_framework};

use super::{Site, TOKEN, answer, is_held, reached, said, text, with_token};

on_each_framework!(a_push_by_id_answers_that_request_and_no_other, |on| {
    let site = Site::new(on);
    let ((mut one, id), (mut other, _)) = (site.hold("lobby"), site.hold("lobby"));
    let request = with_token(&format!("/push/requests/{id}?status=201"))
        .header("content-type", "application/json")
        .header("content-encoding", "identity")
        .header("x-not-passed-on", "1")
        .body(Body::from("{\"approved\":true}"));
    let mut push = site.server.send(request.unwrap());
    let pushed = answer(&mut push);
    assert_eq!(pushed.headers()["content-type"], "application/json");
    assert_eq!(text(pushed), reached(1));

    let answered = answer(&mut one);
    let header = |name| answered.headers().get(name).map(|value| value.as_bytes());
    assert_eq!(header("content-type"), Some(&b"application/json"[..]));
    assert_eq!(header("content-encoding"), Some(&b"identity"[..]));
    assert_eq!(header("cache-control"), Some(&b"no-store"[..]));
    assert_eq!(header("x-not-passed-on"), None);
    let expected = (StatusCode::CREATED, "{\"approved\":true}".to_owned());
    assert_eq!(text(answered), expected);
    assert!(is_held(&mut other));
});

on_each_framework!(a_push_by_key_answers_all_that_wait_for_it, |on| {
    let site = Site::new(on);
    let mut lobby = [site.hold("lobby").0, site.hold("lobby").0];
    let (mut elsewhere, _) = site.hold("elsewhere");
    let pushed = site.pushed("/push/keys/lobby/answer?status=410", "it is over");
    assert_eq!(pushed, reached(2));
    for held in &mut lobby {
        assert_eq!(said(held), (StatusCode::GONE, "it is over".into()));
    }
    assert!(is_held(&mut elsewhere));
});

on_each_framework!(
    a_notify_has_all_that_wait_for_the_key_executed_again,
    |on| {
        let site = Site::new(on);
        let ((mut one, _), (mut other, _)) = (site.hold("lobby"), site.hold("lobby"));
        let (mut elsewhere, _) = site.hold("elsewhere");
        assert_eq!(
            site.pushed("/push/keys/lobby/notify", Body::empty()),
            reached(2)
        );
        for held in [&mut one, &mut other] {
            assert_eq!(text(answer(held)), (StatusCode::OK, "no value".into()));
        }
        assert!(is_held(&mut elsewhere));
    }
);

on_each_framework!(the_body_of_a_notify_is_the_value_of_the_next_pass, |on| {
    let site = Site::new(on);
    let (mut held, _) = site.hold("lobby");
    assert_eq!(
        site.pushed("/push/keys/lobby/notify", "Ann has come in"),
        reached(1)
    );
    let expected = (StatusCode::OK, "Ann has come in".to_owned());
    assert_eq!(text(answer(&mut held)), expected);
});

on_each_framework!(a_notify_by_an_actor_is_no_change_for_that_actor, |on| {
    let site = Site::new(on);
    for by in ["tab+7", "tab%207"] {
        for body in ["", "a value"] {
            let seen = site.hub.cursor();
            let (mut held, _) = site.hold("lobby");
            let path = format!("/push/keys/lobby/notify?by={by}");
            assert_eq!(site.pushed(&path, body), reached(1));
            assert!(!is_held(&mut held));
            assert!(site.hub.changed("lobby", &seen.clone().except("tab 8")));
            assert!(!site.hub.changed("lobby", &seen.except("tab 7")));
        }
    }
});

on_each_framework!(a_key_for_which_nothing_waits_is_no_error, |on| {
    let site = Site::new(on);
    assert_eq!(
        site.pushed("/push/keys/lobby/notify", "a value"),
        reached(0)
    );
    assert_eq!(
        site.pushed("/push/keys/lobby/answer", "an answer"),
        reached(0)
    );
});

on_each_framework!(an_id_that_is_none_or_reaches_nothing_is_a_404, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    for id in [
        "00112233445566778899aabbccddeeff",
        "no-id",
        &id[1..],
        &format!("%3{}{}", &id[..1], &id[1..]),
    ] {
        let (status, sentence) = site.pushed(&format!("/push/requests/{id}"), "an answer");
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(sentence.contains("no request of this id"), "{sentence}");
    }
    assert!(is_held(&mut held));
});

on_each_framework!(
    a_key_that_cannot_be_parsed_is_refused_with_the_reason,
    |on| {
        let (hub, _clock) = Hub::<u64>::with_mock_clock();
        let push = Push::new(&hub, Token::new(TOKEN).unwrap());
        let server = on.serve_with_push(Application::new(), "/push", push);
        let send = |path: &str| server.send(with_token(path).body(Body::empty()).unwrap());
        assert_eq!(said(&mut send("/push/keys/7/notify")), reached(0));
        let (status, sentence) = said(&mut send("/push/keys/seven/notify"));
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            sentence,
            "this key cannot be read: invalid digit found in string"
        );
    }
);

on_each_framework!(a_query_that_says_anything_else_is_refused, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    for query in [
        "status=199",
        "status=101",
        "status=600",
        "status=99",
        "status=+200",
        "status=OK",
        "status=",
        "status",
        "by=me",
        "statsu=200",
        "status=200&status=200",
        "status=200&x=1",
        "status=%zz",
    ] {
        for path in [
            format!("/push/requests/{id}"),
            "/push/keys/lobby/answer".into(),
        ] {
            let (status, _) = site.pushed(&format!("{path}?{query}"), "an answer");
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        }
    }
    for query in ["status=200", "by=a&by=b", "by=%ff", "By=a"] {
        let (status, _) = site.pushed(&format!("/push/keys/lobby/notify?{query}"), "a value");
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert!(is_held(&mut held));
});

on_each_framework!(a_push_is_a_post_and_the_answer_to_others_says_so, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    let send = |method: Method, path: &str| -> Pending {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        site.server.send(request.body(Body::empty()).unwrap())
    };
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        for path in [
            &format!("/push/requests/{id}"),
            "/push/keys/lobby/answer",
            "/push/keys/lobby/notify",
        ] {
            let refused = answer(&mut send(method.clone(), path));
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
            assert_eq!(refused.headers()["allow"], "POST");
            assert_eq!(refused.headers()["cache-control"], "no-store");
        }
        let nowhere = answer(&mut send(method, "/push/keys/lobby"));
        assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    }
    assert!(is_held(&mut held));
});

on_each_framework!(without_a_mount_there_is_nothing_to_push_to, |on| {
    let server = on.serve(Application::<String>::new());
    for path in ["/push/keys/lobby/notify", "/push/keys/lobby/answer"] {
        let mut push = server.send(with_token(path).body(Body::empty()).unwrap());
        assert_eq!(answer(&mut push).status(), StatusCode::NOT_FOUND);
    }
});
