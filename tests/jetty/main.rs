//! Jetty's test of its continuations: a handler follows its query, and each of seventeen queries has an exact answer
//! and an exact trace. It runs without a framework, on axum and on actix.
//!
//! Only the clock of the test advances. When the request sleeps or is suspended, the test moves the clock to the next
//! event, and not a millisecond further.

mod ask;
mod servlet;
mod visit;

use std::sync::Arc;
use std::sync::mpsc::{self, TryRecvError};
use std::time::Duration;

use dacapo::{Hub, MockClock};
use support::{Actix, Axum};

use ask::{Ask, Client, Told, Turn};
use servlet::Servlet;
use visit::{Appointment, Event, Visit};

/// Each row is three tests: `name: "query" => "ANSWER", "trace";`.
macro_rules! table {
    ($($name:ident: $query:literal => $answer:literal, $trace:literal;)*) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn without_a_framework() {
                    Run::new("without a framework", $query, ask::the_hub).shows($answer, $trace);
                }

                #[test]
                fn on_axum() {
                    let ask: Ask = |client, hub, servlet| ask::server(Axum, client, hub, servlet);
                    Run::new("on axum", $query, ask).shows($answer, $trace);
                }

                #[test]
                fn on_actix() {
                    let ask: Ask = |client, hub, servlet| ask::server(Actix, client, hub, servlet);
                    Run::new("on actix", $query, ask).shows($answer, $trace);
                }
            }
        )*
    };
}

table! {
    a_request_may_be_answered_at_once:
        "" => "NORMAL", "initial";
    a_request_may_be_answered_after_a_sleep:
        "sleep=200" => "SLEPT", "initial";
    a_request_that_is_not_woken_expires:
        "suspend=200" => "TIMEOUT", "initial suspend onTimeout !initial onComplete";
    a_request_may_be_resumed:
        "suspend=200&resume=10" => "RESUMED", "initial suspend resume !initial onComplete";
    a_request_may_be_resumed_before_its_handler_returns:
        "suspend=200&resume=0" => "RESUMED", "initial suspend resume !initial onComplete";
    a_request_may_be_completed:
        "suspend=200&complete=50" => "COMPLETED", "initial suspend onComplete";
    a_request_may_be_completed_before_its_handler_returns:
        "suspend=200&complete=0" => "COMPLETED", "initial suspend onComplete";

    a_resumed_request_may_be_resumed_again:
        "suspend=1000&resume=10&suspend2=1000&resume2=10" => "RESUMED",
        "initial suspend resume !initial suspend resume !initial onComplete";
    a_resumed_request_may_be_completed:
        "suspend=1000&resume=10&suspend2=1000&complete2=10" => "COMPLETED",
        "initial suspend resume !initial suspend onComplete";
    a_resumed_request_may_expire:
        "suspend=1000&resume=10&suspend2=10" => "TIMEOUT",
        "initial suspend resume !initial suspend onTimeout !initial onComplete";
    an_expired_request_may_be_resumed:
        "suspend=10&suspend2=1000&resume2=10" => "RESUMED",
        "initial suspend onTimeout !initial suspend resume !initial onComplete";
    an_expired_request_may_be_completed:
        "suspend=10&suspend2=1000&complete2=10" => "COMPLETED",
        "initial suspend onTimeout !initial suspend onComplete";
    an_expired_request_may_expire_again:
        "suspend=10&suspend2=10" => "TIMEOUT",
        "initial suspend onTimeout !initial suspend onTimeout !initial onComplete";

    who_leaves_by_a_question_mark_may_be_resumed:
        "suspend=200&resume=10&undispatch=true" => "RESUMED",
        "initial suspend resume !initial onComplete";
    who_leaves_by_a_question_mark_may_be_resumed_before_that:
        "suspend=200&resume=0&undispatch=true" => "RESUMED",
        "initial suspend resume !initial onComplete";
    who_leaves_by_a_question_mark_may_be_completed:
        "suspend=200&complete=10&undispatch=true" => "COMPLETED", "initial suspend onComplete";
    who_leaves_by_a_question_mark_may_be_completed_before_that:
        "suspend=200&complete=0&undispatch=true" => "COMPLETED", "initial suspend onComplete";
}

/// One row of the table, in one of the three ways.
struct Run {
    name: String,
    hub: Hub<()>,
    clock: MockClock,
    visit: Arc<Visit>,
    answer: mpsc::Receiver<Told>,
    turn: Turn,
}

impl Run {
    fn new(way: &str, query: &'static str, ask: Ask) -> Self {
        let (hub, clock) = Hub::with_mock_clock();
        let visit = Arc::default();
        let (tell, answer) = mpsc::channel();
        let turn = ask(Client { query, tell }, &hub, Servlet::new(&visit));
        Self {
            name: format!("{query:?} {way}"),
            hub,
            clock,
            visit,
            answer,
            turn,
        }
    }

    fn shows(mut self, answer: &str, trace: &str) {
        let answered = self.until("it is answered", |run| {
            run.keep_appointment();
            run.answer()
        });
        // Listeners, handles and the future of a pass are gone, so nothing can be added to the trace any more.
        self.until("it is forgotten", |run| {
            (Arc::strong_count(&run.visit) == 1).then_some(())
        });
        assert_eq!(answered, (200, answer.to_owned()), "{}", self.name);
        assert_eq!(self.visit.trace(), trace, "{}", self.name);
        let missed = self.visit.next_appointment(1);
        assert!(missed.is_none(), "{} ends too early", self.name);
    }

    fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        // Bounded, so that a lost request fails the test and does not hang it.
        for _ in 0..10_000_000_u64 {
            (self.turn)();
            if let Some(seen) = look(self) {
                return seen;
            }
        }
        let trace = self.visit.trace();
        panic!("{} waits until {what}, after {trace:?}", self.name);
    }

    fn answer(&self) -> Option<Told> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => panic!("{} has no answer", self.name),
        }
    }

    fn keep_appointment(&self) {
        let next = self.visit.next_appointment(self.hub.suspended_count());
        let Some(Appointment { pause, event }) = next else {
            return;
        };
        let tick = Duration::from_millis(1);
        let expired = [pause - tick, tick].map(|time| self.clock.advance(time));
        let in_time = [0, usize::from(matches!(event, Event::Expiry))];
        assert_eq!(expired, in_time, "{} expires in time", self.name);
        self.visit.happen(event);
    }
}
