//! Events as measurements of the crate `metrics`.

use metrics::{counter, gauge, histogram};

use crate::end::End;

use super::counters::Counter;
use super::events::{Arrival, Event, GapCause, RelayEvent};

pub(super) fn tell(event: &Event<'_>) {
    let label = Counter::of(event).map_or("", Counter::label);
    match *event {
        Event::Pass { .. } => counter!("dacapo_passes_total", "dispatch" => label).increment(1),
        Event::Suspension { needless, .. } => {
            counter!("dacapo_needless_passes_total").increment(needless.into());
        }
        Event::Sleep => gauge!("dacapo_suspended").increment(1),
        Event::Rise => gauge!("dacapo_suspended").decrement(1),
        Event::WaitEnd { lasted, .. } => {
            histogram!("dacapo_wait_seconds", "end" => label).record(lasted);
        }
        Event::End(End::Refused(_)) => {
            counter!("dacapo_refused_total", "error" => label).increment(1);
        }
        Event::End(_) => counter!("dacapo_ended_total", "end" => label).increment(1),
        // Two calls, because a label that is not a literal allocates each time.
        Event::Notify { waits: 0 } => {
            counter!("dacapo_notifies_total", "heard" => "no").increment(1);
        }
        Event::Notify { .. } => {
            counter!("dacapo_notifies_total", "heard" => "yes").increment(1);
        }
        Event::Timer { lag } => histogram!("dacapo_timer_lag_seconds").record(lag),
        Event::Push(_) => counter!("dacapo_pushes_total", "result" => label).increment(1),
        Event::Relay(event) => tell_of_relay(event),
        Event::Panic => counter!("dacapo_panics_total").increment(1),
        Event::Unexecuted | Event::Unheard | Event::Shutdown { .. } => {}
    }
}

fn tell_of_relay(event: RelayEvent) {
    match event {
        RelayEvent::Up => gauge!("dacapo_relays_up").increment(1),
        RelayEvent::Down { was_up } => {
            gauge!("dacapo_relays_up").decrement(u8::from(was_up));
            counter!("dacapo_relay_downs_total").increment(1);
        }
        RelayEvent::Left { was_up } => gauge!("dacapo_relays_up").decrement(u8::from(was_up)),
        RelayEvent::Arrived { what, .. } => tell_of_arrival(what),
        RelayEvent::Gap(cause) => {
            counter!("dacapo_relay_gaps_total", "cause" => name_of(cause)).increment(1);
        }
        RelayEvent::Overflow => counter!("dacapo_relay_overflows_total").increment(1),
    }
}

fn tell_of_arrival(what: Arrival) {
    let result = match what {
        Arrival::Echo => return,
        Arrival::Line => "heard",
        Arrival::Unreadable => "unreadable",
        Arrival::UnknownKey => "unknown_key",
    };
    counter!("dacapo_relay_lines_total", "result" => result).increment(1);
}

fn name_of(cause: GapCause) -> &'static str {
    match cause {
        GapCause::Connected => "connected",
        GapCause::Lost => "lost",
        GapCause::Silent => "silent",
        GapCause::Announced => "announced",
        GapCause::Unreadable => "unreadable",
        GapCause::Reported => "reported",
    }
}
