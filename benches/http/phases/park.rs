//! Requests come, and are held.

use std::time::Duration;

use anyhow::{Context, ensure};

use crate::client::Answer;
use crate::pause::comes_true;
use crate::requests;
use crate::stage::{Looks, Stage};

/// Has a number of requests held on a number of keys; returns the server's CPU time for each, in microseconds.
pub(crate) fn park(stage: &mut Stage, count: usize, keys: usize) -> anyhow::Result<f64> {
    let poll = |number| requests::poll("/poll/", number % keys, FOR_LONG);
    let polls: Vec<_> = (0..count).map(poll).collect();
    let (cpu, ()) = stage.cpu(count, |stage| {
        for (connection, poll) in polls.iter().enumerate() {
            stage.client.send(connection, poll)?;
        }
        Ok(())
    })?;
    until_all_are_held(stage, count)?;
    Ok(cpu)
}

/// A server at rest holds them all; one that was only kept waiting by the system says that it does not yet.
fn until_all_are_held(stage: &mut Stage, count: usize) -> anyhow::Result<()> {
    let early = stage.client.answers().len();
    ensure!(early == 0, "{early} polls were answered and not held");
    let mut number = 0;
    let all_are_held = comes_true(|| {
        number = held(stage)?;
        Ok(number == count)
    });
    ensure!(all_are_held?, "it holds {number} of {count} polls");
    Ok(())
}

fn held(stage: &mut Stage) -> anyhow::Result<usize> {
    let publisher = stage.publisher(0);
    stage.client.send(publisher, &requests::health())?;
    let answers = stage.collect(1, Looks::AtOnce)?;
    let health = String::from_utf8_lossy(&answers[0].body);
    let number = stage.contender.held(&health);
    number.with_context(|| format!("it is to say how many it holds, and says {health}"))
}

/// Fails unless a poll was answered with the message of its key.
pub(crate) fn check(answer: &Answer, key: usize) -> anyhow::Result<()> {
    ensure!(
        answer.status == 200 && answer.body == requests::message(key).as_bytes(),
        "a poll for key {key} was answered with {}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    Ok(())
}

/// Fails unless a notify was carried out.
pub(crate) fn check_notify(answer: &Answer) -> anyhow::Result<()> {
    let is_good = (200..300).contains(&answer.status);
    ensure!(is_good, "a notify was answered with {}", answer.status);
    Ok(())
}

/// Longer than any round takes. nchan has it in its configuration.
const FOR_LONG: Duration = Duration::from_secs(60);
