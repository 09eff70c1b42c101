//! What the bench `http` reads, asks and makes of its figures, without any server.

#[expect(dead_code, reason = "the bench measures more than is tested here")]
mod figures;
mod message;
mod requests;

use std::time::Duration;

use figures::{Figure, Figures, Record};
use message::{Malformed, Message};

#[test]
fn a_message_is_read_once_all_of_it_has_come() {
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    for end in 0..whole.len() {
        assert_eq!(Message::parse(&whole[..end]), Ok(None));
    }
    let message = Message::parse(whole).unwrap().unwrap();
    assert_eq!((message.second_word(), message.body), ("200", &b"hi"[..]));
}

#[test]
fn a_message_without_a_length_has_no_body() {
    let message = Message::parse(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    let message = message.unwrap().unwrap();
    assert_eq!(
        (message.second_word(), message.body),
        ("/healthz", &b""[..])
    );
}

#[test]
fn what_nothing_has_asked_for_is_an_error() {
    let parse = |text: &'static str| Message::parse(text.as_bytes());
    assert_eq!(
        parse("HTTP/1.1 204 No Content\r\n\r\nHTTP"),
        Err(Malformed::Trailing(4))
    );
    assert_eq!(
        parse("HTTP/1.1 200 OK\r\ncontent-length: few\r\n\r\n"),
        Err(Malformed::Length)
    );
    assert_eq!(
        parse("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        Err(Malformed::Length)
    );
}

#[test]
fn each_key_has_a_message_of_its_own_of_a_hundred_bytes() {
    assert_eq!(
        (requests::message(7).len(), requests::message(10_000).len()),
        (100, 100)
    );
    assert_ne!(requests::message(7), requests::message(8));
}

#[test]
fn each_request_is_a_whole_message() {
    let poll = requests::poll("/poll/", 7, Duration::from_secs(2));
    let poll = Message::parse(&poll).unwrap().unwrap();
    assert_eq!(poll.second_word(), "/poll/k7?timeout_ms=2000");
    let notify = requests::notify(7);
    let notify = Message::parse(&notify).unwrap().unwrap();
    assert_eq!(notify.body, requests::message(7).as_bytes());
    assert!(Message::parse(&requests::health()).unwrap().is_some());
}

fn figures(values: &[f64]) -> Figures {
    let mut figures = Figures::default();
    for &value in values {
        figures.add(Figure::Multicast, value);
    }
    figures
}

#[test]
fn a_ratio_is_one_of_the_same_cycle() {
    let mut record = Record::default();
    for (cycle, (ours, theirs)) in [(10.0, 20.0), (30.0, 30.0), (40.0, 20.0)]
        .into_iter()
        .enumerate()
    {
        record.add("ours", cycle, figures(&[ours]));
        record.add("theirs", cycle, figures(&[theirs]));
    }
    let ratio = record.ratio("ours", "theirs", Figure::Multicast).unwrap();
    assert_eq!((ratio.least, ratio.median, ratio.greatest), (0.5, 1.0, 2.0));
}

#[test]
fn a_cycle_that_has_failed_is_in_no_ratio() {
    let mut record = Record::default();
    record.add("ours", 0, figures(&[10.0]));
    record.add("ours", 1, figures(&[90.0]));
    record.add("theirs", 0, figures(&[20.0]));
    let ratio = record.ratio("ours", "theirs", Figure::Multicast).unwrap();
    assert_eq!((ratio.least, ratio.greatest), (0.5, 0.5));
    assert!(record.ratio("ours", "another", Figure::Multicast).is_none());
    assert!(record.ratio("ours", "theirs", Figure::Timeout).is_none());
}

#[test]
fn a_figure_of_a_cycle_is_the_median_of_its_rounds() {
    let mut record = Record::default();
    record.add("ours", 0, figures(&[3.0, 1.0, 2.0]));
    let spread = record.spread("ours", Figure::Multicast).unwrap();
    assert_eq!((spread.least, spread.greatest), (2.0, 2.0));
}
