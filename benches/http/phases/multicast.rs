//! One notify answers all.

use crate::figures::{Figure, Figures};
use crate::requests;
use crate::stage::{Looks, Stage};

use super::park::{check, check_notify, park};

pub(super) fn measure(
    stage: &mut Stage,
    looks: Looks,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    let (count, publisher) = (stage.polls, stage.publisher(0));
    figures.add(Figure::ParkOnOneKey, park(stage, count, 1)?);
    let notify = requests::notify(0);
    let (cpu, (began, answers)) = stage.cpu(count, |stage| {
        let began = stage.client.send(publisher, &notify)?;
        Ok((began, stage.collect(count + 1, looks)?))
    })?;
    let (notifies, polls): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| stage.is_publisher(answer.connection));
    notifies.into_iter().try_for_each(check_notify)?;
    polls.iter().try_for_each(|answer| check(answer, 0))?;
    if let Looks::NowAndThen = looks {
        figures.add(Figure::QuietMulticast, cpu);
        return Ok(());
    }
    figures.add(Figure::Multicast, cpu);
    let after = polls.iter().map(|answer| answer.received - began);
    let (first, last) = (after.clone().min(), after.max());
    let milliseconds = |after: Option<_>| after.map_or(f64::NAN, super::milliseconds);
    figures.add(Figure::FirstAnswer, milliseconds(first));
    figures.add(Figure::LastAnswer, milliseconds(last));
    Ok(())
}
