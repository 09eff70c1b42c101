//! Behind a cache no client loops, and equal holds may become one.

use std::time::Duration;

use bytes::Bytes;
use dacapo::manners::Caching;
use dacapo::{Continuation, Cursor, Hub, MockClock, Outcome};
use futures::FutureExt;
use http::header::{ACCEPT_LANGUAGE, HeaderMap};
use http::{Request, Response};
use support::{Framework, Server, on_each_framework};

use crate::cache::{AGES, Age, Asked, Cache};
use crate::{HOLD, headers, hub, serve};

const LIFETIME: Duration = Duration::from_secs(60);

/// Answers with a cursor, when there is something new or the time is up.
async fn news(
    c: Continuation<String>,
    request: Request<Bytes>,
    caching: Caching,
) -> Outcome<Response<Bytes>> {
    let uri = request.uri().to_string();
    let seen = uri.rsplit(['/', '=']).next().unwrap_or_default();
    let Ok(seen) = seen.parse::<Cursor>();
    if !c.changed("news", &seen) && !c.is_expired() {
        return Err(c.suspend("news", HOLD));
    }
    let told = c.advance(seen.clone());
    let mut response = Response::new(told.to_string().into());
    caching.write(response.headers_mut(), &seen, &told);
    Ok(response)
}

fn server(on: impl Framework, hub: &Hub<String>, caching: &Caching) -> Server {
    let caching = caching.clone();
    serve(on, hub, move |c, request| news(c, request, caching.clone()))
}

/// Polls again and again with the cursor that it was told.
struct Client {
    /// What stands before the cursor in its URL.
    base: &'static str,
    headers: HeaderMap,
    asked: Asked,
    answers: usize,
}

impl Client {
    fn new(cache: &Cache, base: &'static str) -> Self {
        Self {
            base,
            headers: HeaderMap::new(),
            asked: cache.ask(&format!("{base}none"), HeaderMap::new()),
            answers: 0,
        }
    }

    /// Polls until it is held, but not more often than a hundred times. Returns how many answers it has got.
    fn poll(&mut self, cache: &mut Cache) -> usize {
        for answers in 0..100 {
            let Some(answer) = cache.poll(&mut self.asked) else {
                return answers;
            };
            self.answers += 1;
            let cursor = std::str::from_utf8(answer.body()).unwrap();
            let uri = format!("{}{cursor}", self.base);
            self.asked = cache.ask(&uri, self.headers.clone());
        }
        100
    }
}

const IN_THE_PATH: &str = "/news/";
const IN_THE_QUERY: &str = "/news?cursor=";

on_each_framework!(by_default_a_client_is_held_behind_any_cache, |on| {
    for (age, base) in AGES
        .iter()
        .flat_map(|age| [(*age, IN_THE_PATH), (*age, IN_THE_QUERY)])
    {
        let (hub, clock) = hub();
        let server = server(on, &hub, &Caching::default());
        let mut cache = Cache::new(server, &clock, age).strips_queries();
        let mut client = Client::new(&cache, base);
        assert_eq!(client.poll(&mut cache), 1, "the first one is not held");
        for round in 1..5 {
            clock.advance(HOLD);
            assert_eq!(client.poll(&mut cache), 1, "nothing new");
            hub.notify("news");
            assert_eq!(client.poll(&mut cache), 1, "news");
            assert_eq!(cache.forwarded, 2 + 2 * round);
        }
    }
});

on_each_framework!(
    on_request_a_cache_holds_one_request_for_a_hundred_clients,
    |on| {
        for age in AGES {
            let (hub, clock) = hub();
            let server = server(on, &hub, &Caching::shared(LIFETIME));
            let mut cache = Cache::new(server, &clock, age);
            let mut clients: Vec<_> = (0..100).map(|_| Client::new(&cache, IN_THE_PATH)).collect();
            let mut poll_all = |cache: &mut Cache| -> Vec<_> {
                clients
                    .iter_mut()
                    .map(|client| client.poll(cache))
                    .collect()
            };
            assert_eq!(poll_all(&mut cache), [1; 100]);
            assert_eq!(cache.forwarded, 2, "one was answered and one is held");
            for round in 1..5 {
                clock.advance(Duration::from_secs(10));
                hub.notify("news");
                assert_eq!(poll_all(&mut cache), [1; 100], "news");
                assert_eq!(cache.forwarded, 2 + round);
            }
        }
    }
);

on_each_framework!(one_that_comes_late_gets_on_with_what_is_kept, |on| {
    let (hub, clock) = hub();
    let server = server(on, &hub, &Caching::shared(LIFETIME));
    let mut cache = Cache::new(server, &clock, Age::FromResponse);
    let mut client = Client::new(&cache, IN_THE_PATH);
    assert_eq!(client.poll(&mut cache), 1);
    for _ in 0..5 {
        hub.notify("news");
        assert_eq!(client.poll(&mut cache), 1);
    }
    let forwarded = cache.forwarded;
    let mut late = Client::new(&cache, IN_THE_PATH);
    assert_eq!(
        late.poll(&mut cache),
        6,
        "the same answers, and then it is held"
    );
    assert_eq!(cache.forwarded, forwarded);
});

on_each_framework!(an_answer_without_news_is_never_kept, |on| {
    for age in AGES {
        let (hub, clock) = hub();
        let server = server(on, &hub, &Caching::shared(LIFETIME));
        let mut cache = Cache::new(server, &clock, age);
        let mut client = Client::new(&cache, IN_THE_PATH);
        client.poll(&mut cache);
        for _ in 0..10 {
            clock.advance(HOLD);
            assert_eq!(client.poll(&mut cache), 1, "it is held again");
        }
    }
});

on_each_framework!(
    an_answer_that_arrives_too_old_is_asked_for_again_and_leads_on,
    |on| {
        let (hub, clock) = hub();
        let server = server(on, &hub, &Caching::shared(HOLD / 2));
        let mut cache = Cache::new(server, &clock, Age::FromRequest);
        let mut clients = [(); 2].map(|()| Client::new(&cache, IN_THE_PATH));
        assert_eq!(clients[0].poll(&mut cache), 1);
        clock.advance(HOLD * 2 / 3);
        hub.notify("news");
        assert_eq!(clients[0].poll(&mut cache), 1);
        assert_eq!(clients[1].poll(&mut cache), 1, "the newest at once");
        assert_eq!(clients[0].answers, 2);
    }
);

on_each_framework!(
    where_queries_are_left_out_the_cursor_in_the_path_does_not_loop,
    |on| {
        let polls = |base| {
            let (hub, clock) = hub();
            let server = server(on, &hub, &Caching::shared(LIFETIME));
            let mut cache = Cache::new(server, &clock, Age::FromResponse).strips_queries();
            let mut client = Client::new(&cache, base);
            client.poll(&mut cache)
        };
        assert_eq!(polls(IN_THE_PATH), 1);
        assert_eq!(polls(IN_THE_QUERY), 100, "what the documentation warns of");
    }
);

on_each_framework!(what_an_answer_depends_on_is_told_to_caches, |on| {
    let (hub, clock) = hub();
    let caching = Caching::shared(LIFETIME).vary(ACCEPT_LANGUAGE);
    let mut cache = Cache::new(server(on, &hub, &caching), &clock, Age::FromResponse);
    let mut polls = |language| {
        let mut client = Client::new(&cache, IN_THE_PATH);
        client.headers = headers(ACCEPT_LANGUAGE, &[language]);
        client.asked = cache.ask("/news/none", client.headers.clone());
        client.poll(&mut cache);
        cache.forwarded
    };
    assert_eq!((polls("de"), polls("fr"), polls("de")), (2, 4, 4));
});

fn control(caching: &Caching, seen: &Cursor, told: &Cursor) -> String {
    let mut headers = headers(http::header::CACHE_CONTROL, &["private"]);
    caching.write(&mut headers, seen, told);
    let is_kept = headers.contains_key("etag");
    let control = headers["cache-control"].to_str().unwrap();
    assert_eq!(is_kept, control != "no-store");
    control.to_owned()
}

#[test]
fn no_two_answers_that_are_kept_lead_to_each_other() {
    let ((one, _clock), (other, _other_clock)) = (hub(), hub());
    let pass = |hub: &Hub<String>, seen: &Cursor| {
        let answer = hub.run(async |c| -> Outcome<_> { Ok(c.advance(seen.clone())) });
        answer
            .now_or_never()
            .unwrap()
            .unwrap()
            .into_inner()
            .unwrap()
    };
    let seen = pass(&other, &pass(&one, &Cursor::default()));
    let told = pass(&one, &seen);
    assert_ne!(seen, told, "the order of the nodes differs");
    let caching = Caching::shared(LIFETIME);
    assert_eq!(control(&caching, &seen, &told), "no-store");
    one.notify("news");
    assert_eq!(
        control(&caching, &seen, &pass(&one, &seen)),
        "public, max-age=60"
    );
}

#[test]
fn an_answer_with_a_change_that_its_cursor_does_not_have_yet_is_not_kept() {
    let (hub, _clock): (Hub<String>, MockClock) = hub();
    let seen = hub.cursor();
    let answer = hub.run(async |c| -> Outcome<_> {
        hub.notify("news"); // the pass has begun
        assert!(c.changed("news", &seen));
        Ok(control(
            &Caching::shared(LIFETIME),
            &seen,
            &c.advance(seen.clone()),
        ))
    });
    assert_eq!(
        answer.now_or_never().unwrap().unwrap(),
        "no-store".to_owned()
    );
}

#[test]
fn a_lifetime_of_less_than_a_second_is_none() {
    let (hub, _clock) = hub();
    let caching = Caching::shared(Duration::from_millis(999));
    assert_eq!(
        control(&caching, &Cursor::default(), &hub.cursor()),
        "no-store"
    );
}
