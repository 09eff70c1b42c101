//! How long to wait after a failure.

use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use axum::http::header::RETRY_AFTER;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// A server that says more is asked after a day all the same.
const LONGEST_SAID: Duration = Duration::from_secs(24 * 3600);

/// The delay after so many failures, if the server has not said how long to wait. The dice show a number from 0 to 1: a
/// server that restarts has lost all clients in one moment, so they come back at random times.
pub(crate) fn delay(failures: u32, said: Option<Duration>, dice: f64) -> Duration {
    match said {
        Some(said) => said.mul_f64(1.0 + dice / 2.0),
        None => (FIRST * 2_u32.pow(failures.min(5)))
            .min(LONGEST)
            .mul_f64(0.5 + dice / 2.0),
    }
}

/// The time in a header `Retry-After`, which has seconds or a date. There is none if it is over.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let after = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text)
            .ok()?
            .duration_since(now)
            .ok()?,
    };
    (!after.is_zero()).then_some(after.min(LONGEST_SAID))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_delay_up_to_half_a_minute() {
        let delays = [0, 1, 2, 5, 1000].map(|failures| delay(failures, None, 1.0).as_secs());
        assert_eq!(delays, [1, 2, 4, 30, 30]);
        assert_eq!(delay(2, None, 0.0), Duration::from_secs(2));
    }

    #[test]
    fn it_is_never_shorter_than_the_server_says() {
        let said = Some(Duration::from_secs(4));
        assert_eq!(
            [0.0, 1.0].map(|dice| delay(9, said, dice).as_secs()),
            [4, 6]
        );
    }

    #[test]
    fn a_server_cannot_say_at_once_or_never() {
        let header = |value: &str| HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        let said = |value| retry_after(&header(value), SystemTime::UNIX_EPOCH);
        assert_eq!(said("0"), None);
        assert_eq!(said("Thu, 01 Jan 1970 00:00:00 GMT"), None);
        for value in ["18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(delay(0, said(value), 1.0), LONGEST_SAID.mul_f64(1.5));
        }
    }

    #[test]
    fn the_header_has_seconds_or_a_date() {
        let header = |value: &str| HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        let now = SystemTime::UNIX_EPOCH;
        for (value, expected) in [
            ("7", Some(7)),
            ("Thu, 01 Jan 1970 00:01:00 GMT", Some(60)),
            ("soon", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&header(value), now), expected);
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
