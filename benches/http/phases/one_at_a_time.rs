//! The next notify is sent when the last one has been heard: how fast a server is, and not how much it does.

use std::time::Duration;

use anyhow::Context;
use support::measure::Spread;

use crate::figures::{Figure, Figures};
use crate::requests;
use crate::stage::{Looks, Stage};

use super::milliseconds;
use super::park::{check, check_notify, park};

pub(super) fn measure(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let count = stage.plan.one_at_a_time.min(stage.polls);
    park(stage, count, count)?;
    let after = (0..count).map(|key| notify(stage, key));
    let after: Vec<Duration> = after.collect::<Result<_, _>>()?;
    let microseconds = after.iter().map(|after| milliseconds(*after) * 1e3);
    figures.add(Figure::OneAtATime, Spread::of(microseconds).median);
    Ok(())
}

/// Notifies a key, and returns how long it took until its poll was answered.
fn notify(stage: &mut Stage, key: usize) -> anyhow::Result<Duration> {
    let publisher = stage.publisher(0);
    let sent = stage.client.send(publisher, &requests::notify(key))?;
    let mut heard = None;
    for answer in stage.collect(2, Looks::AtOnce)? {
        if stage.is_publisher(answer.connection) {
            check_notify(&answer)?;
        } else {
            check(&answer, key)?;
            heard = Some(answer.received - sent);
        }
    }
    heard.context("the publisher was answered twice")
}
