//! The hub alone: a job and three who wait for its result, without a server. `cargo run --example without_a_framework`
//!
//! The handler is from `http::Request` to `http::Response`, so it could be mounted in axum or in actix as it stands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::{Continuation, Hub, Outcome};
use futures::executor::ThreadPool;
use futures::future::join_all;
use futures::task::SpawnExt;
use http::{Request, Response, StatusCode};

/// The results of jobs, by the path under which they can be asked for.
#[derive(Clone, Default)]
struct Results(Arc<Mutex<HashMap<String, String>>>);

impl Results {
    fn of(&self, path: &str) -> Option<String> {
        self.0.lock().unwrap().get(path).cloned()
    }

    fn put(&self, path: &str, result: &str) {
        self.0
            .lock()
            .unwrap()
            .insert(path.to_owned(), result.to_owned());
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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (hub, results, pool) = (Hub::<String>::new(), Results::default(), ThreadPool::new()?);
    results.put("/jobs/1", "found at once");

    let mut answers = Vec::new();
    for path in ["/jobs/1", "/jobs/2", "/jobs/3"] {
        let (request, results) = (Request::get(path).body(Bytes::new())?, results.clone());
        let answer = hub.run(move |c| result(c, request.clone(), results.clone()));
        answers.push(pool.spawn_with_handle(async move { (path, answer.await) })?);
    }

    // Somebody finishes the second job, and nobody the third.
    while hub.suspended() < 2 {
        std::thread::yield_now();
    }
    results.put("/jobs/2", "finished later");
    println!("notified {} who waited for /jobs/2", hub.notify("/jobs/2"));

    for (path, answer) in futures::executor::block_on(join_all(answers)) {
        let response = answer?;
        println!(
            "{path}: {} {}",
            response.status(),
            std::str::from_utf8(response.body())?
        );
    }
    Ok(())
}
