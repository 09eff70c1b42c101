//! Pushes are counted.

use http::StatusCode;
use support::{Body, Framework, on_each_framework};

use super::{Site, answer, reached};

fn counted(site: &Site) -> (u64, u64, u64) {
    let pushes = site.hub.stats().pushes;
    assert_eq!(
        pushes.total(),
        pushes.answered + pushes.notified + pushes.refused
    );
    (pushes.answered, pushes.notified, pushes.refused)
}

fn site(on: impl Framework) -> Site {
    let site = Site::new(on);
    assert_eq!(counted(&site), (0, 0, 0));
    site
}

on_each_framework!(
    answers_are_counted_by_the_push_and_not_by_what_they_reach,
    |on| {
        let site = site(on);
        let (_one, _other) = (site.hold("lobby"), site.hold("lobby"));
        assert_eq!(
            site.pushed("/push/keys/lobby/answer", "an answer"),
            reached(2)
        );
        assert_eq!(counted(&site), (1, 0, 0));
        let (_third, id) = site.hold("lobby");
        assert_eq!(
            site.pushed(&format!("/push/requests/{id}"), "an answer"),
            reached(1)
        );
        assert_eq!(counted(&site), (2, 0, 0));
    }
);

on_each_framework!(notifies_are_counted_though_nothing_waits, |on| {
    let site = site(on);
    assert_eq!(
        site.pushed("/push/keys/lobby/notify", Body::empty()),
        reached(0)
    );
    assert_eq!(
        site.pushed("/push/keys/lobby/notify", "a value"),
        reached(0)
    );
    assert_eq!((counted(&site), site.hub.stats().notifies), ((0, 2, 0), 2));
});

on_each_framework!(what_is_refused_is_counted_whatever_the_reason, |on| {
    let site = site(on);
    let without_token = http::Request::post("/push/keys/lobby/notify").body(Body::empty());
    let mut refused = site.server.send(without_token.unwrap());
    assert_eq!(answer(&mut refused).status(), StatusCode::UNAUTHORIZED);
    site.pushed("/push/nowhere", Body::empty());
    site.pushed("/push/requests/no-id", Body::empty());
    site.pushed("/push/keys/%ff/notify", Body::empty());
    site.pushed("/push/keys/lobby/notify", "x".repeat(33));
    assert_eq!(counted(&site), (0, 0, 5));
});
