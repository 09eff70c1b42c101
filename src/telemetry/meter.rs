//! Events as measurements of the crate `metrics`.

use metrics::{counter, gauge, histogram};

use crate::end::End;

use super::counters::Counter;
use super::events::Event;

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
        Event::Panic => counter!("dacapo_panics_total").increment(1),
        Event::Unexecuted | Event::Unheard | Event::Shutdown { .. } => {}
    }
}
