//! Answers from outside that a framework has made.

use bytes::Bytes;
use futures::stream;
use http::{Response, StatusCode};

/// The same of every framework.
fn is_a_score(answer: &Response<Bytes>) {
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let marks: Vec<_> = answer.headers().get_all("x-mark").iter().collect();
    assert_eq!(marks, ["one", "two"]);
    assert_eq!(answer.body(), "[2,1]");
}

mod on_axum {
    use axum::Json;
    use axum::body::Body;
    use axum::http::{HeaderName, StatusCode};
    use axum::response::AppendHeaders;
    use dacapo::axum::answer;

    use super::*;

    #[test]
    fn json_keeps_its_status_and_its_headers() {
        let mark = HeaderName::from_static("x-mark");
        let marks = AppendHeaders([(mark.clone(), "one"), (mark, "two")]);
        is_a_score(&answer((StatusCode::CREATED, marks, Json([2, 1]))).unwrap());
    }

    #[test]
    fn what_is_empty_stays_empty() {
        let empty = answer(StatusCode::NO_CONTENT).unwrap();
        assert_eq!((empty.status().as_u16(), empty.body().len()), (204, 0));
    }

    #[test]
    fn a_body_that_is_not_there_yet_or_fails_is_an_error() {
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        assert!(answer(Body::from_stream(never)).is_err());
        let fails = stream::iter([Err::<Bytes, _>(std::io::Error::other("broken"))]);
        assert!(answer(Body::from_stream(fails)).is_err());
    }
}

mod on_actix {
    use actix_web::HttpResponse;
    use actix_web::body::BodyStream;
    use dacapo::actix::answer;

    use super::*;

    #[test]
    fn json_keeps_its_status_and_its_headers() {
        let mut response = HttpResponse::Created();
        response.append_header(("x-mark", "one"));
        response.append_header(("x-mark", "two"));
        is_a_score(&answer(response.json([2, 1])).unwrap());
    }

    #[test]
    fn what_is_empty_stays_empty() {
        let empty = answer(HttpResponse::NoContent().finish()).unwrap();
        assert_eq!((empty.status().as_u16(), empty.body().len()), (204, 0));
    }

    #[test]
    fn a_body_that_is_not_there_yet_or_fails_is_an_error() {
        let never = stream::pending::<Result<Bytes, std::io::Error>>();
        let never = HttpResponse::Ok().body(BodyStream::new(never));
        assert!(answer(never).is_err());
        let fails = stream::iter([Err::<Bytes, _>(std::io::Error::other("broken"))]);
        assert!(answer(HttpResponse::Ok().body(BodyStream::new(fails))).is_err());
    }
}
