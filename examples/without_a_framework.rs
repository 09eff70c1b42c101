//! The hub alone, without a server: three requests ask for the results of jobs.
//!
//! `cargo run --example without_a_framework`
//!
//! The handler makes an `http::Response` from an `http::Request`, so axum and actix could mount it as it is.

use std::collections::HashMap;
use std::error::Error;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::join_all;
use http::{Request, Response, StatusCode};

/// The results of jobs, by the path of the job.
#[derive(Clone, Default)]
struct Results(Arc<Mutex<HashMap<String, String>>>);

impl Results {
    fn of(&self, path: &str) -> Option<String> {
        self.0.lock().unwrap().get(path).cloned()
    }

    fn put(&self, path: &str, result: &str) {
        let mut results = self.0.lock().unwrap();
        results.insert(path.to_owned(), result.to_owned());
    }
}

/// Answers with the result of a job, as soon as there is one.
async fn result(
    c: Continuation<String>,
    request: Request<Bytes>,
    results: Results,
) -> Outcome<Response<Bytes>> {
    let path = request.uri().path();
    let (status, body) = match results.of(path) {
        Some(result) => (StatusCode::OK, format!("{result} (in pass {})", c.pass())),
        None if c.is_expired() => (StatusCode::ACCEPTED, "not yet: ask again".to_owned()),
        None => return Err(c.suspend(path, Duration::from_millis(500))),
    };
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    Ok(response)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (hub, results) = (Hub::<String>::new(), Results::default());
    results.put("/jobs/1", "found at once");

    let (paths, mut answers) = (["/jobs/1", "/jobs/2", "/jobs/3"], Vec::new());
    for path in paths {
        let (request, results) = (Request::get(path).body(Bytes::new())?, results.clone());
        answers.push(hub.run(move |c| result(c, request.clone(), results.clone())));
    }
    let mut answers = pin!(join_all(answers));
    // Polled once, the first has its answer and the others are suspended.
    assert!(answers.as_mut().now_or_never().is_none());
    println!("{} are suspended", hub.suspended_count());

    // The second job is finished, and the third is not.
    results.put("/jobs/2", "finished later");
    println!("notified {} waiter of /jobs/2", hub.notify("/jobs/2"));

    for (path, answer) in paths.iter().zip(block_on(answers)) {
        let response: Response<Bytes> = answer?.into();
        let body = std::str::from_utf8(response.body())?;
        println!("{path}: {} {body}", response.status());
    }
    Ok(())
}
