//! A path is taken as it comes: nothing in it is resolved, merged, or decoded twice.

use futures::FutureExt;
use http::StatusCode;
use support::{Actix, Axum, Body, on_each_framework};

use super::{LONG_POLL, Site, is_held, reached};

on_each_framework!(a_key_is_decoded_once, |on| {
    let site = Site::new(on);
    for (sent, key) in [
        ("lobby", "lobby"),
        ("a%2Fb", "a/b"),
        ("a%2fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("%252e%252e", "%2e%2e"),
        ("%252e%252e%252f", "%2e%2e%2f"),
        ("..%2Fanswer", "../answer"),
        ("...", "..."),
        ("%61", "a"),
        ("caf%C3%A9", "café"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a%20b", "a b"),
        ("a;b=c", "a;b=c"),
        ("a%3Fb%23c", "a?b#c"),
        ("a%00b", "a\0b"),
        ("a%5Cb", "a\\b"),
        ("%25", "%"),
        ("keys", "keys"),
        ("notify", "notify"),
    ] {
        let mut held = Box::pin(site.hub.run(async |c| match c.is_initial() {
            true => Err(c.suspend(key, LONG_POLL)),
            false => Ok(()),
        }));
        assert_eq!(held.as_mut().now_or_never(), None);
        let pushed = site.pushed(&format!("/push/keys/{sent}/notify"), Body::empty());
        assert_eq!(pushed, reached(1), "{sent}");
        assert!(held.now_or_never().is_some());
    }
});

on_each_framework!(a_key_that_is_not_percent_encoded_utf_8_is_refused, |on| {
    let site = Site::new(on);
    for key in [
        "%",
        "a%",
        "%2",
        "%zz",
        "%ff",
        "%C3",
        "%C3%28",
        "%ED%A0%80",
        "%+1",
    ] {
        let (status, sentence) = site.pushed(&format!("/push/keys/{key}/notify"), "a value");
        assert_eq!(status, StatusCode::BAD_REQUEST, "{key}");
        assert_eq!(sentence, "this is not percent-encoded UTF-8");
    }
});

on_each_framework!(whatever_is_not_exactly_one_of_the_paths_is_a_404, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    let (mut dots, _) = site.hold("..");
    for path in [
        "/push",
        "/push/",
        "/push//",
        "/push/keys",
        "/push/keys/",
        "/push/keys/lobby",
        "/push/keys/lobby/",
        "/push/keys//notify",
        "/push/keys/lobby/notify/",
        "/push/keys/lobby/notify/answer",
        "/push/keys/lobby//notify",
        "/push///keys/lobby/notify",
        "/push/./keys/lobby/notify",
        "/push/keys/./notify",
        "/push/keys/../notify",
        "/push/keys/%2e%2E/notify",
        "/push/keys/.%2e/answer",
        "/push/keys/%2e/notify",
        "/push/keys/x/../lobby/notify",
        "/push/x/../keys/lobby/notify",
        "/push/keys%2Flobby/notify",
        "/push/keys/lobby%2Fnotify",
        "/push%2Fkeys/lobby/notify",
        "/push/%6beys/lobby/notify",
        "/push/keys/lobby/notif%79",
        "/push/Keys/lobby/notify",
        "/push/keys/lobby/NOTIFY",
        "/push/keys/lobby/resume",
        "/push/requests",
        "/push/requests/",
        "/push/requests/../keys/lobby/notify",
        &format!("/push/requests/{id}/"),
        &format!("/push/requests/{id}/answer"),
        &format!("/push/requests//{id}"),
        &format!("/push/requests/{id}%2F"),
        &format!("/push/requests%2F{id}"),
        "/pu%73h/keys/lobby/notify",
        "/push/push/keys/lobby/notify",
    ] {
        let pushed = site.push(path, Body::empty()).now_or_never().unwrap();
        assert_eq!(pushed.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert!(is_held(&mut held) && is_held(&mut dots));
});

// The one slash that `nest_service` takes off is not to be seen behind it.
#[test]
fn axum_alone_takes_a_second_slash_right_behind_the_mount_for_one() {
    for (sent, on_axum, on_actix) in [
        (
            "/push//keys/lobby/notify",
            StatusCode::OK,
            StatusCode::NOT_FOUND,
        ),
        (
            "/push///keys/lobby/notify",
            StatusCode::NOT_FOUND,
            StatusCode::NOT_FOUND,
        ),
    ] {
        let status = |site: Site| site.pushed(sent, Body::empty()).0;
        assert_eq!(status(Site::new(Axum)), on_axum, "{sent}");
        assert_eq!(status(Site::new(Actix)), on_actix, "{sent}");
    }
}
