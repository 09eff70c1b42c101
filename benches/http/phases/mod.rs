//! What is done with each contender, one after the other.

mod memory;
mod multicast;
mod one_at_a_time;
mod park;
mod timeout;
mod unicast;

use std::time::Duration;

use anyhow::Context;

use crate::figures::Figures;
use crate::stage::{Looks, Stage};

/// Memory comes first, in a process that has held next to nothing yet.
pub(crate) fn measure(stage: &mut Stage) -> anyhow::Result<Figures> {
    let mut figures = Figures::default();
    memory::measure(stage, &mut figures).context("memory")?;
    for _ in 0..stage.plan.warm_up {
        round(stage, &mut Figures::default())?;
    }
    for _ in 0..stage.plan.rounds {
        round(stage, &mut figures)?;
    }
    for _ in 0..stage.plan.expiries {
        timeout::measure(stage, &mut figures).context("time-out")?;
    }
    Ok(figures)
}

fn round(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    multicast::measure(stage, Looks::AtOnce, figures).context("multicast")?;
    multicast::measure(stage, Looks::NowAndThen, figures).context("multicast to quiet clients")?;
    unicast::measure(stage, figures).context("unicast")?;
    unicast::measure_unheard(stage, figures).context("notifies that find no request")?;
    one_at_a_time::measure(stage, figures).context("one at a time")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
