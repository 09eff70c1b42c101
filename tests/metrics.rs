//! The measurements of `metrics`, as Prometheus reads them.

use std::time::Duration;

use bytes::Bytes;
use dacapo::push::{Push, Token};
use dacapo::{Error, Hub, Relay};
use futures::FutureExt;
use metrics_exporter_prometheus::PrometheusBuilder;

const LONG_POLL: Duration = Duration::from_secs(30);

#[test]
fn every_measurement_has_its_name() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let page = metrics::with_local_recorder(&recorder, || {
        let (hub, clock) = Hub::<u8>::builder()
            .max_suspended(2)
            .build_with_mock_clock();
        let hold = || {
            let mut held = Box::pin(hub.run(async |c| match c.pass() {
                1 | 2 => Err(c.suspend(&0, LONG_POLL)),
                _ => Ok(()),
            }));
            (held.as_mut().now_or_never(), held)
        };
        let (_, mut answered) = hold();
        let (_, _held) = hold();
        assert_eq!(hold().0, Some(Err(Error::Full { limit: 2 })));
        hub.notify(&0);
        hub.notify(&1);
        assert_eq!(answered.as_mut().now_or_never(), None);
        clock.advance(LONG_POLL);
        assert_eq!(answered.now_or_never(), Some(Ok(().into())));
        handle.render()
    });
    assert!(handle.render().contains("dacapo_suspended 0"));
    for line in [
        "dacapo_suspended 1",
        "dacapo_passes_total{dispatch=\"initial\"} 3",
        "dacapo_passes_total{dispatch=\"resumed\"} 1",
        "dacapo_passes_total{dispatch=\"expired\"} 1",
        "dacapo_needless_passes_total 1",
        "dacapo_notifies_total{heard=\"yes\"} 1",
        "dacapo_notifies_total{heard=\"no\"} 1",
        "dacapo_ended_total{end=\"answered\"} 1",
        "dacapo_refused_total{error=\"full\"} 1",
        "dacapo_wait_seconds_count{end=\"expired\"} 1",
        "dacapo_wait_seconds_sum{end=\"expired\"} 30",
        "dacapo_timer_lag_seconds_count 1",
    ] {
        assert!(
            page.lines().any(|known| known == line),
            "{line} is not in\n{page}"
        );
    }
}

#[test]
fn pushes_are_measured_by_what_has_become_of_them() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let push = Push::new(&hub, Token::new("a-token-of-a-test").unwrap());
        for path in ["/keys/7/answer", "/keys/7/notify", "/keys/x/notify", "/"] {
            let request = http::Request::post(path);
            let request = request.header("authorization", "Bearer a-token-of-a-test");
            let (head, body) = request.body(Bytes::new()).unwrap().into_parts();
            let answer = push.answer(&head, async { Ok(body) });
            assert!(answer.now_or_never().is_some());
        }
    });
    let page = handle.render();
    for line in [
        "dacapo_pushes_total{result=\"answered\"} 1",
        "dacapo_pushes_total{result=\"notified\"} 1",
        "dacapo_pushes_total{result=\"refused\"} 2",
    ] {
        assert!(
            page.lines().any(|known| known == line),
            "{line} is not in\n{page}"
        );
    }
}

#[test]
fn relays_are_measured_by_what_they_hear_and_miss() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let page = metrics::with_local_recorder(&recorder, || {
        let (hub, _clock) = Hub::<u8>::with_mock_clock();
        let relays = [(); 3].map(|()| Relay::builder().outbox(1).build(&hub));
        relays.iter().for_each(Relay::up);
        relays[0].down();
        relays[1].leave();
        for line in ["x 0 k - 7", "x 0 k - seven", "x 0 g", "nonsense"] {
            relays[2].hear(line);
        }
        for key in [7, 8] {
            relays[2].notify(&key);
        }
        handle.render()
    });
    for line in [
        "dacapo_relays_up 1",
        "dacapo_relay_downs_total 1",
        "dacapo_relay_lines_total{result=\"heard\"} 3",
        "dacapo_relay_lines_total{result=\"unknown_key\"} 1",
        "dacapo_relay_lines_total{result=\"unreadable\"} 1",
        "dacapo_relay_gaps_total{cause=\"connected\"} 3",
        "dacapo_relay_gaps_total{cause=\"announced\"} 1",
        "dacapo_relay_gaps_total{cause=\"unreadable\"} 1",
        "dacapo_relay_overflows_total 1",
    ] {
        assert!(
            page.lines().any(|known| known == line),
            "{line} is not in\n{page}"
        );
    }
}
