//! Requests come at a steady pace, and expire at the same.

use std::time::Duration;

use anyhow::ensure;
use support::measure::Spread;

use crate::client::Answer;
use crate::figures::{Figure, Figures};
use crate::requests;
use crate::stage::{Looks, Stage};

use super::milliseconds;

/// What the server computes is counted from shortly before the first expires, when it is at rest.
pub(super) fn measure(stage: &mut Stage, figures: &mut Figures) -> anyhow::Result<()> {
    let (count, timeout) = (stage.polls, stage.plan.timeout);
    let first = ask(stage, count)?;
    while stage.client.now() + SHORTLY < first + timeout {
        stage.client.look(A_MOMENT)?;
    }
    let (cpu, answers) = stage.cpu(count, |stage| stage.collect(count, Looks::AtOnce))?;
    figures.add(Figure::Timeout, cpu);
    let status = stage.contender.status_of_expiry();
    let late = answers.iter().map(|answer| late(answer, status, timeout));
    let late: Vec<_> = late.collect::<Result<_, _>>()?;
    figures.add(Figure::Lateness, Spread::of(late).median);
    Ok(())
}

/// Sends a number of requests at a steady pace, and returns when the first was sent.
fn ask(stage: &mut Stage, count: usize) -> anyhow::Result<Duration> {
    let (path, timeout) = (stage.contender.path_of_brief_polls(), stage.plan.timeout);
    let polls = (0..count).map(|key| requests::poll(path, key, timeout));
    let (polls, began): (Vec<_>, _) = (polls.collect(), stage.client.now());
    for (connection, poll) in polls.iter().enumerate() {
        let due = began + EACH * connection as u32;
        while stage.client.now() < due {
            stage.client.look(A_MOMENT)?;
        }
        stage.client.send(connection, poll)?;
    }
    Ok(began)
}

/// By how many milliseconds an answer is late.
fn late(answer: &Answer, status: u16, timeout: Duration) -> anyhow::Result<f64> {
    let after = answer.received - answer.sent;
    ensure!(
        answer.status == status && after + A_LITTLE > timeout,
        "a poll was answered with {} after {after:?}, and not with {status} after {timeout:?}",
        answer.status
    );
    Ok(milliseconds(after) - milliseconds(timeout))
}

/// The pace.
const EACH: Duration = Duration::from_micros(100);

const SHORTLY: Duration = Duration::from_millis(30);

/// nchan rounds to milliseconds.
const A_LITTLE: Duration = Duration::from_millis(2);

const A_MOMENT: Duration = Duration::from_millis(1);
