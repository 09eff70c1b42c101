//! State that the test and its request share: past events and the next one.

use std::sync::Mutex;
use std::time::Duration;

use dacapo::Handle;
use futures::channel::oneshot;
use http::Response;

/// The history of one request.
#[derive(Default)]
pub(crate) struct Visit {
    trace: Mutex<Vec<&'static str>>,
    next: Mutex<Option<Appointment>>,
}

/// The next event, and the time before it.
pub(crate) struct Appointment {
    pub(crate) pause: Duration,
    pub(crate) event: Event,
}

pub(crate) enum Event {
    /// The handler, which sleeps, is woken.
    Alarm(oneshot::Sender<()>),
    Comes(Somebody, Handle),
    /// Nothing happens until the request expires.
    Expiry,
}

#[derive(Clone, Copy)]
pub(crate) enum Somebody {
    Resumes,
    Completes,
}

/// For the request.
impl Visit {
    pub(crate) fn note(&self, what: &'static str) {
        self.trace.lock().unwrap().push(what);
    }

    pub(crate) fn arrange(&self, pause: Duration, event: Event) {
        let former = self
            .next
            .lock()
            .unwrap()
            .replace(Appointment { pause, event });
        assert!(former.is_none(), "one thing happens after the other");
    }

    pub(crate) async fn sleep(&self, time: Duration) {
        let (alarm, rings) = oneshot::channel();
        self.arrange(time, Event::Alarm(alarm));
        rings.await.expect("a handler that sleeps is woken");
    }

    pub(crate) fn receive(&self, somebody: Somebody, handle: &Handle) {
        // Locked until it is recorded: the next pass may begin before `resume` returns.
        let mut trace = self.trace.lock().unwrap();
        match somebody {
            Somebody::Resumes if handle.resume() => trace.push("resume"),
            Somebody::Completes if handle.complete(Response::new("COMPLETED".into())).is_ok() => {}
            _ => trace.push("too late"),
        }
    }
}

/// For the test.
impl Visit {
    pub(crate) fn trace(&self) -> String {
        self.trace.lock().unwrap().join(" ")
    }

    /// The next event, now that the request sleeps or is suspended.
    ///
    /// The pass that has scheduled an event began after the previous wait, so the event is for the present
    /// suspension.
    pub(crate) fn next_appointment(&self, suspended: usize) -> Option<Appointment> {
        let mut next = self.next.lock().unwrap();
        next.take_if(|next| suspended == 1 || matches!(next.event, Event::Alarm(_)))
    }

    pub(crate) fn happen(&self, event: Event) {
        match event {
            Event::Alarm(alarm) => alarm.send(()).expect("the handler that sleeps is there"),
            Event::Comes(somebody, handle) => self.receive(somebody, &handle),
            Event::Expiry => {}
        }
    }
}
