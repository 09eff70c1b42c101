//! A request is answered once, and a push that is too late is told so.

use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use bytes::Bytes;
use dacapo::push::{Push, Token};
use dacapo::{Answer, Hub, Outcome};
use futures::FutureExt;
use futures::channel::mpsc;
use futures::executor::block_on;
use http::StatusCode;
use support::{Body, on_each_framework};

use super::{LONG_POLL, Site, TOKEN, answer, reached, text, with_token};

on_each_framework!(of_two_answers_one_is_sent_and_the_other_is_refused, |on| {
    let site = Site::new(on);
    let (mut held, id) = site.hold("lobby");
    let path = format!("/push/requests/{id}");
    assert_eq!(site.pushed(&path, "the first"), reached(1));
    assert_eq!(site.pushed(&path, "the second").0, StatusCode::CONFLICT);
    assert_eq!(
        site.pushed("/push/keys/lobby/answer", "the third"),
        reached(0)
    );
    assert_eq!(
        text(answer(&mut held)),
        (StatusCode::OK, "the first".into())
    );
    let forgotten = site.pushed(&path, "the fourth").0;
    assert_eq!(forgotten, StatusCode::NOT_FOUND, "the request has ended");
});

on_each_framework!(
    an_answer_behind_a_notify_is_refused_and_the_pass_comes,
    |on| {
        let site = Site::new(on);
        let (mut held, id) = site.hold("lobby");
        assert_eq!(
            site.pushed("/push/keys/lobby/notify", "a value"),
            reached(1)
        );
        let late = site.pushed(&format!("/push/requests/{id}"), "an answer").0;
        assert_eq!(late, StatusCode::CONFLICT);
        assert_eq!(text(answer(&mut held)), (StatusCode::OK, "a value".into()));
    }
);

on_each_framework!(
    a_request_that_ends_while_its_answer_arrives_is_a_409,
    |on| {
        let site = Site::new(on);
        let (held, id) = site.hold("lobby");
        let (piece, pieces) = mpsc::unbounded::<Result<&'static str, _>>();
        let mut push = site.push(&format!("/push/requests/{id}"), Body::from_stream(pieces));
        assert!(push.as_mut().now_or_never().is_none());
        drop(held);
        piece.unbounded_send(Ok("an answer")).unwrap();
        drop(piece);
        assert_eq!(text(answer(&mut push)).0, StatusCode::CONFLICT);
    }
);

#[test]
fn of_answers_from_several_threads_exactly_one_is_sent() {
    const THREADS: usize = 4;
    let (hub, _clock) = Hub::<String>::with_mock_clock();
    let push = Push::new(&hub, Token::new(TOKEN).unwrap());
    for _ in 0..200 {
        let (tell, told) = channel();
        let mut held = Box::pin(hub.run(move |c| {
            tell.send(c.handle().id()).unwrap();
            async move { Outcome::<()>::Err(c.suspend("lobby", LONG_POLL)) }
        }));
        assert!(held.as_mut().now_or_never().is_none());
        let head = with_token(&format!("/requests/{}", told.recv().unwrap()));
        let (head, ()) = head.body(()).unwrap().into_parts();
        let start = Barrier::new(THREADS);
        let send = &|number: usize| {
            start.wait();
            let body = async move { Ok(Bytes::from(number.to_string())) };
            block_on(push.answer(&head, body)).status().as_u16()
        };
        let statuses: Vec<_> = thread::scope(|scope| {
            let sent: Vec<_> = (0..THREADS)
                .map(|number| scope.spawn(move || send(number)))
                .collect();
            sent.into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let winners: Vec<_> = (0..THREADS)
            .filter(|number| statuses[*number] == 200)
            .collect();
        assert_eq!(winners.len(), 1, "{statuses:?}");
        let losers = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!(losers, THREADS - 1, "{statuses:?}");
        let Some(Ok(Answer::Completed(response))) = held.now_or_never() else {
            panic!("it has been answered");
        };
        assert_eq!(response.body(), &winners[0].to_string());
    }
}
