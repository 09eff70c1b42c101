//! What a held request takes of the server's memory.

use crate::figures::{Figure, Figures};
use crate::stage::Stage;

use super::{park::park, unicast::notify_each};

/// Without connections, with idle ones that have been used once, and with a request held on each.
pub(super) fn measure(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let (few, many) = (FEW.min(stage.plan.held), stage.plan.held);
    stage.connect(few)?;
    for _ in 0..A_FEW_TIMES {
        hold_and_answer(stage, few, |_| {})?;
    }
    stage.connect(0)?;
    let nothing = stage.server.memory();
    stage.connect(many)?;
    let idle = stage.server.memory();
    let mut held = 0;
    hold_and_answer(stage, many, |stage| held = stage.server.memory())?;
    let each = |before: u64| (held as f64 - before as f64) / 1024.0 / many as f64;
    figures.add(Figure::Held, each(nothing));
    figures.add(Figure::HeldBesideIdle, each(idle));
    Ok(())
}

fn hold_and_answer(
    stage: &mut Stage,
    count: usize,
    meanwhile: impl FnOnce(&Stage),
) -> anyhow::Result<()> {
    park(stage, count, count)?;
    meanwhile(stage);
    notify_each(stage, count, count)?;
    Ok(())
}

/// What every server sets up with its first requests is not theirs.
const FEW: usize = 50;
const A_FEW_TIMES: usize = 5;
