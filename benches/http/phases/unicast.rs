//! Each notify answers one, and several publishers have one under way at any time.

use anyhow::{Context, ensure};

use crate::figures::{Figure, Figures};
use crate::requests;
use crate::stage::{Looks, PUBLISHERS, Stage};

use super::park::{check, check_notify, park};

pub(super) fn measure(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let count = stage.polls;
    figures.add(Figure::ParkByKey, park(stage, count, count)?);
    figures.add(Figure::Unicast, notify_each(stage, count, count)?);
    Ok(())
}

/// The part of it that is the notify alone.
pub(super) fn measure_unheard(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let count = stage.polls;
    figures.add(Figure::Unheard, notify_each(stage, count, 0)?);
    Ok(())
}

/// Notifies the keys in a random order, some of which hold a request each; returns what the server has computed
/// for each of them, in microseconds.
pub(super) fn notify_each(stage: &mut Stage, keys: usize, held: usize) -> anyhow::Result<f64> {
    let mut order: Vec<_> = (0..keys).collect();
    fastrand::Rng::with_seed(ANY).shuffle(&mut order);
    let notifies: Vec<_> = order.into_iter().map(requests::notify).collect();
    let (cpu, ()) = stage.cpu(keys, |stage| publish(stage, &notifies, held))?;
    Ok(cpu)
}

fn publish(stage: &mut Stage, notifies: &[Vec<u8>], held: usize) -> anyhow::Result<()> {
    let mut due = notifies.iter();
    for (number, notify) in due.by_ref().take(PUBLISHERS).enumerate() {
        let publisher = stage.publisher(number);
        stage.client.send(publisher, notify)?;
    }
    let mut missing = notifies.len() + held;
    while missing > 0 {
        let more = stage.more(Looks::AtOnce);
        for answer in more.with_context(|| format!("{missing} answers are missing"))? {
            ensure!(missing > 0, "there are more answers than requests");
            missing -= 1;
            if !stage.is_publisher(answer.connection) {
                check(&answer, answer.connection)?;
                continue;
            }
            check_notify(&answer)?;
            if let Some(notify) = due.next() {
                stage.client.send(answer.connection, notify)?;
            }
        }
    }
    Ok(())
}

/// The same order for all contenders.
const ANY: u64 = 7;
