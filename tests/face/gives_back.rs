//! What loses gives back what it carried.

use std::sync::Barrier;
use std::thread;

use bytes::Bytes;
use dacapo::{CompleteError, Continuation, Handle, Hub, Outcome};
use futures::FutureExt;
use http::Response;

use crate::{LONG_POLL, Lives, Parcel, held, held_with_handle};

const ROUNDS: usize = 10_000;

/// The handle of a request that has ended, in each way in which it can.
fn ended(hub: &Hub<u8>) -> [Handle; 3] {
    let (dropped, one) = held_with_handle(hub);
    drop(dropped);
    let (answered, two) = held_with_handle(hub);
    two.id(); // so the hub has known it by its name
    hub.notify(&0);
    assert!(answered.now_or_never().is_some());
    let (mut kept, three) = held_with_handle(hub);
    hub.notify(&0);
    assert!(kept.as_mut().now_or_never().is_some());
    std::mem::forget(kept); // the request has ended, and its record is still there
    [one, two, three]
}

/// That this gives a parcel back, and the very one.
#[track_caller]
fn gives_back(refuse: impl FnOnce(Parcel) -> Result<(), Parcel>) {
    let parcel = Parcel::new(7);
    let place = parcel.place();
    let back = refuse(parcel).unwrap_err();
    assert_eq!((back.place(), *back.0), (place, 7));
}

#[test]
fn a_resume_of_a_request_that_has_ended_gives_its_value_back() {
    let (hub, _clock) = Hub::with_mock_clock();
    for handle in ended(&hub) {
        gives_back(|parcel| handle.resume_value(parcel));
        gives_back(|parcel| hub.resume_value(handle.id(), parcel));
    }
}

#[test]
fn so_does_one_of_an_id_that_is_not_known() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let id = "00112233445566778899aabbccddeeff".parse().unwrap();
    gives_back(|parcel| hub.resume_value(id, parcel));
    let (_request, handle) = held_with_handle(&Hub::new());
    gives_back(|parcel| hub.resume_value(handle.id(), parcel));
}

#[test]
fn so_does_one_that_comes_second_while_it_waits_and_while_it_is_due() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (request, handle) = held_with_handle(&hub);
    let id = handle.id();
    assert!(hub.resume_value(id, Parcel::new(1)).is_ok());
    gives_back(|parcel| handle.resume_value(parcel));
    gives_back(|parcel| hub.resume_value(id, parcel));
    assert!(request.now_or_never().is_some());
}

#[test]
fn so_does_one_that_comes_second_while_the_handler_runs() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut request = Box::pin(hub.run(async |c| match c.value::<Parcel>() {
        Some(parcel) => Ok(*parcel.0),
        None => {
            assert!(c.handle().resume_value(Parcel::new(1)).is_ok());
            gives_back(|parcel| c.handle().resume_value(parcel));
            Err(c.suspend(&0, LONG_POLL))
        }
    }));
    assert!(
        request.as_mut().now_or_never().is_none(),
        "the executor has its turn"
    );
    assert_eq!(request.now_or_never().unwrap().unwrap(), 1);
}

/// It waits without having slept: between the two passes there is nothing to wake.
#[test]
fn so_does_one_that_comes_between_two_passes_that_follow_at_once() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let mut handle = None;
    let mut request = Box::pin(hub.run(|c: Continuation<u8>| {
        hub.notify(&0);
        handle = Some(c.handle());
        let outcome = match c.is_initial() {
            true => Err(c.suspend(&0, LONG_POLL)),
            false => Ok(c.value::<Parcel>().is_none()),
        };
        async { outcome }
    }));
    assert!(request.as_mut().now_or_never().is_none());
    drop(request);
    gives_back(|parcel| handle.unwrap().resume_value(parcel));
}

#[test]
fn an_attribute_for_a_request_that_has_ended_comes_back() {
    let (hub, _clock) = Hub::with_mock_clock();
    for handle in ended(&hub) {
        gives_back(|parcel| handle.set_attribute(parcel));
        assert!(handle.attribute::<Parcel>().is_none());
    }
}

#[test]
fn one_for_a_request_that_lives_is_taken_and_replaces_the_former() {
    let (hub, _clock) = Hub::with_mock_clock();
    let (request, handle) = held_with_handle(&hub);
    let lives = Lives::default();
    assert!(handle.set_attribute(lives.begin()).is_ok());
    assert!(handle.set_attribute(lives.begin()).is_ok());
    assert_eq!(lives.now(), 1);
    drop(request);
    assert_eq!(lives.now(), 0);
}

#[test]
fn a_value_that_is_taken_is_dropped_if_no_pass_follows() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let request = hub.run(async |c| {
        assert!(c.handle().resume_value(lives.begin()).is_ok());
        Outcome::Ok(lives.now())
    });
    assert_eq!(request.now_or_never().unwrap().unwrap(), 1);
    assert_eq!(lives.now(), 0);
}

/// A response that is compared by its address: the content is not copied.
fn response() -> (Response<Bytes>, *const u8) {
    let mut response = Response::new(Bytes::from(vec![7; 100]));
    response.extensions_mut().insert("kept");
    let place = response.body().as_ptr();
    (response, place)
}

#[track_caller]
fn gives_response_back(refuse: impl FnOnce(Response<Bytes>) -> Result<(), CompleteError>) {
    let (response, place) = response();
    let error = refuse(response).unwrap_err();
    assert!(matches!(error, CompleteError::TooLate(_)));
    let back = error.into_response();
    assert_eq!(back.body().as_ptr(), place);
    assert_eq!(back.extensions().get(), Some(&"kept"));
}

#[test]
fn a_response_that_comes_too_late_comes_back_with_all_that_is_in_it() {
    let (hub, _clock) = Hub::with_mock_clock();
    for handle in ended(&hub) {
        gives_response_back(|response| handle.complete(response));
        gives_response_back(|response| hub.complete(handle.id(), response));
    }
    let (_request, handle) = held_with_handle(&hub);
    let id = handle.id();
    assert!(handle.resume());
    gives_response_back(|response| handle.complete(response));
    gives_response_back(|response| hub.complete(id, response));
}

/// Two threads that try the same at the same moment: one succeeds, and the other has its own back.
fn one_of_two(attempt: impl Fn(&Handle, usize, Parcel) -> Result<(), Parcel> + Sync) {
    let (hub, _clock) = Hub::with_mock_clock();
    let requests: Vec<_> = (0..ROUNDS).map(|_| held_with_handle(&hub)).collect();
    let handles: Vec<_> = requests.iter().map(|(_, handle)| handle.clone()).collect();
    let start = Barrier::new(2);
    // Of the one that fails: whether the very parcel came back.
    let run = |content: u32| -> Vec<Result<(), bool>> {
        let attempts = handles.iter().enumerate().map(|(round, handle)| {
            let parcel = Parcel::new(content);
            let place = parcel.place();
            start.wait();
            let attempted = attempt(handle, round, parcel);
            attempted.map_err(|back| (back.place(), *back.0) == (place, content))
        });
        attempts.collect()
    };
    let (one, two) = thread::scope(|scope| {
        let two = scope.spawn(|| run(2));
        (run(1), two.join().unwrap())
    });
    for (round, both) in one.into_iter().zip(two).enumerate() {
        let expected = [(Ok(()), Err(true)), (Err(true), Ok(()))];
        assert!(expected.contains(&both), "{both:?} in round {round}");
    }
}

#[test]
fn of_two_threads_that_resume_with_a_value_one_has_its_own_back() {
    one_of_two(|handle, _, parcel| handle.resume_value(parcel));
}

#[test]
fn of_two_threads_that_notify_one_with_a_value_one_has_its_own_back() {
    let (hub, _clock) = Hub::<usize>::with_mock_clock();
    let wait = |round: usize| {
        held(hub.run(move |c: Continuation<usize>| {
            let token = c.suspend(&round, LONG_POLL);
            async { Err::<(), _>(token) }
        }))
    };
    let _waiting: Vec<_> = (0..ROUNDS).map(wait).collect();
    one_of_two(|_, round, parcel| hub.notify_one_value(&round, parcel));
}

#[test]
fn a_value_for_a_request_that_is_dropped_meanwhile_is_taken_or_comes_back() {
    let (hub, _clock) = Hub::<u8>::with_mock_clock();
    let lives = Lives::default();
    let (mut requests, mut handles) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (tell, told) = std::sync::mpsc::channel();
        let mut request = hub
            .run(move |c: Continuation<u8>| {
                tell.send(c.handle()).unwrap();
                let token = c.suspend(&0, LONG_POLL);
                async { Err::<(), _>(token) }
            })
            .boxed();
        assert!(request.as_mut().now_or_never().is_none());
        requests.push(request);
        handles.push(told.recv().unwrap());
    }
    let start = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            for request in requests {
                start.wait();
                drop(request);
            }
        });
        for handle in &handles {
            let (value, attribute) = (lives.begin(), lives.begin());
            start.wait();
            drop((handle.set_attribute(attribute), handle.resume_value(value)));
        }
    });
    assert_eq!(lives.now(), 0, "it is gone with its request, or came back");
}
