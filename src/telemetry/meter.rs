//! What happens, as measurements of `metrics`.

use metrics::{counter, gauge, histogram};

use crate::end::End;

use super::Happening;
use super::tally::Event;

pub(super) fn tell(happening: &Happening<'_>) {
    let label = Event::of(happening).map_or("", Event::label);
    match *happening {
        Happening::Pass { .. } => counter!("dacapo_passes_total", "dispatch" => label).increment(1),
        Happening::Suspension { needless, .. } => {
            counter!("dacapo_needless_passes_total").increment(needless.into());
        }
        Happening::Sleep => gauge!("dacapo_suspended").increment(1),
        Happening::Rise => gauge!("dacapo_suspended").decrement(1),
        Happening::WaitEnd { lasted, .. } => {
            histogram!("dacapo_wait_seconds", "end" => label).record(lasted);
        }
        Happening::End(End::Refused(_)) => {
            counter!("dacapo_refused_total", "error" => label).increment(1);
        }
        Happening::End(_) => counter!("dacapo_ended_total", "end" => label).increment(1),
        // Two calls, for a label that is no literal costs memory each time.
        Happening::Notify { waits: 0 } => {
            counter!("dacapo_notifies_total", "heard" => "no").increment(1);
        }
        Happening::Notify { .. } => {
            counter!("dacapo_notifies_total", "heard" => "yes").increment(1);
        }
        Happening::Timer { lag } => histogram!("dacapo_timer_lag_seconds").record(lag),
        Happening::Panic => counter!("dacapo_panics_total").increment(1),
        Happening::Unexecuted | Happening::Unheard | Happening::Shutdown { .. } => {}
    }
}
