//! A closure that owns what its passes borrow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::thread;

use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;

use crate::{LONG_POLL, Lives, Pending, held, poll};

/// Looks three times, and remembers each look. It owns all that it needs.
fn three_looks(hub: &Hub<u8>) -> impl Future<Output = Result<Answer<Vec<u32>>, Error>> + use<> {
    let (mut looks, key) = (Vec::new(), Box::new(0));
    hub.run_owned(async move |c: Continuation<u8>| -> Outcome<Vec<u32>> {
        looks.push(c.pass());
        futures::future::ready(()).await;
        match looks.len() {
            3 => Ok(std::mem::take(&mut looks)),
            _ => Err(c.suspend(&*key, LONG_POLL)),
        }
    })
}

#[test]
fn what_the_closure_owns_is_changed_by_one_pass_for_the_next() {
    let (hub, _clock) = Hub::with_mock_clock();
    let mut request = held(three_looks(&hub));
    hub.notify(&0);
    assert_eq!(poll(&mut request), None);
    hub.notify(&0);
    assert_eq!(poll(&mut request), Some(vec![1, 2, 3]));
}

#[test]
fn its_future_goes_to_another_thread_and_outlives_the_function() {
    fn is_free<F: Future + Send + 'static>(future: F) -> Pin<Box<F>> {
        Box::pin(future)
    }
    let (hub, _clock) = Hub::with_mock_clock();
    let mut request = is_free(three_looks(&hub));
    assert!(request.as_mut().now_or_never().is_none());
    let request = thread::spawn({
        let hub = hub.clone();
        move || {
            hub.notify(&0);
            assert!(request.as_mut().now_or_never().is_none());
            request
        }
    });
    let request = request.join().unwrap();
    hub.notify(&0);
    let answer = request.now_or_never().unwrap();
    assert_eq!(answer.unwrap(), vec![1, 2, 3]);
}

#[tokio::test]
async fn it_can_be_spawned() {
    let hub = Hub::<u8>::new();
    let request = tokio::spawn(three_looks(&hub));
    while !request.is_finished() {
        hub.notify(&0);
        tokio::task::yield_now().await;
    }
    assert_eq!(request.await.unwrap().unwrap(), vec![1, 2, 3]);
}

#[test]
fn it_may_fail_with_errors_of_its_own() {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    enum AppError {
        Suspended(#[from] dacapo::Suspended),
        Refused(#[from] Error),
        Full(String),
    }
    impl dacapo::Interrupt for AppError {
        type Failure = Self;

        fn split(self) -> Result<dacapo::Suspended, Self> {
            match self {
                Self::Suspended(token) => Ok(token),
                failure => Err(failure),
            }
        }
    }

    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut word = "f".to_owned();
    let handler = async move |c: Continuation<u8>| -> Result<(), AppError> {
        word.push('u');
        match word.len() {
            2 => Err(c.suspend(&0, LONG_POLL))?,
            3 => Err(AppError::Full(word.clone())),
            _ => Ok(()),
        }
    };
    let request: Pending<(), AppError> = held(hub.run_owned(handler));
    hub.notify(&0);
    let failed = request.now_or_never().unwrap().unwrap_err();
    assert!(matches!(failed, AppError::Full(word) if word == "fuu"));
}

#[test]
fn a_refusal_and_a_response_from_outside_come_as_they_do_from_run() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (answered, refused) = (held(three_looks(&hub)), held(three_looks(&hub)));
    let response = http::Response::new("done".into());
    let answer = Answer::Completed(Box::new(response.clone()));
    assert_eq!(hub.respond(&0, response).unwrap(), 2);
    assert_eq!(answered.now_or_never(), Some(Ok(answer)));
    drop(refused);
    let refused = held(three_looks(&hub));
    hub.shutdown();
    assert_eq!(refused.now_or_never(), Some(Err(Error::ShutDown)));
}

/// Waits once, and then does this.
fn with_lives<'a>(
    hub: &Hub<u8>,
    (captured, local): (&'a Lives, &'a Lives),
    then: fn(),
) -> impl Future<Output = Result<Answer<()>, Error>> + use<'a> {
    let mut captured = Some(captured.begin());
    hub.run_owned(async move |c: Continuation<u8>| {
        let _local = local.begin();
        assert!(captured.as_mut().is_some());
        if c.is_initial() {
            return Err(c.suspend(&0, LONG_POLL));
        }
        then();
        futures::future::pending().await
    })
}

#[test]
fn while_it_waits_nothing_of_the_pass_lives_and_what_the_closure_owns_does() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (captured, local) = (Lives::default(), Lives::default());
    let mut request = held(with_lives(&hub, (&captured, &local), || {}));
    assert_eq!((captured.now(), local.now()), (1, 0));
    hub.notify(&0);
    assert!(request.as_mut().now_or_never().is_none());
    assert_eq!(
        (captured.now(), local.now()),
        (1, 1),
        "its second pass runs"
    );
    drop(request);
    assert_eq!((captured.now(), local.now()), (0, 0));
    assert_eq!(hub.suspended_count(), 0);
}

#[test]
fn what_it_owns_is_dropped_with_a_request_that_waits() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (captured, local) = (Lives::default(), Lives::default());
    drop(held(with_lives(&hub, (&captured, &local), || {})));
    assert_eq!((captured.now(), local.now()), (0, 0));
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
}

#[test]
fn what_it_owns_is_dropped_with_a_request_that_was_never_polled() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (captured, local) = (Lives::default(), Lives::default());
    let request = with_lives(&hub, (&captured, &local), || {});
    assert_eq!(captured.now(), 1);
    drop(request);
    assert_eq!(captured.now(), 0);
}

/// The pass owns the closure while it runs, so its panic drops both.
#[test]
fn a_panic_of_a_pass_goes_on_and_drops_what_the_closure_owns_at_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let (captured, local) = (Lives::default(), Lives::default());
    let mut request = held(with_lives(&hub, (&captured, &local), || panic!("no")));
    hub.notify(&0);
    let panic = catch_unwind(AssertUnwindSafe(|| request.as_mut().now_or_never()));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "no");
    assert_eq!((captured.now(), local.now()), (0, 0));
    assert_eq!(hub.stats().ended.panicked, 1);
    assert_eq!((hub.suspended_count(), hub.notify(&0)), (0, 0));
    let again = catch_unwind(AssertUnwindSafe(|| request.as_mut().now_or_never()));
    let sentence = again.unwrap_err().downcast::<&str>().unwrap();
    assert!(
        sentence.contains("polled after it had been ready"),
        "{sentence}"
    );
}

#[test]
fn a_pass_may_follow_the_other_at_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let of_closure = hub.clone();
    let mut passes = 0;
    let request = hub.run_owned(async move |c: Continuation<u8>| -> Outcome<u32> {
        passes += 1;
        of_closure.notify(&0);
        match passes {
            4 => Ok(passes),
            _ => Err(c.suspend(&0, LONG_POLL)),
        }
    });
    let mut request: Pending<u32> = Box::pin(request);
    let polls = (1..=9).find(|_| poll(&mut request).is_some());
    assert_eq!(
        polls,
        Some(4),
        "the executor has its turn between two of them"
    );
}
