//! A contender that has been started, and its clients.

use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::client::{Answer, Client};
use crate::contenders::{Contender, Examples};
use crate::figures::Figures;
use crate::pause::pause;
use crate::phases;
use crate::plan::Plan;
use crate::requests;
use crate::server::Server;

pub(crate) struct Stage<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) contender: &'a Contender,
    pub(crate) server: Server,
    pub(crate) client: Client,
    /// How many connections hold requests. Those of the publishers are after them.
    pub(crate) polls: usize,
}

impl<'a> Stage<'a> {
    /// Measures everything of a contender once, in a new process.
    pub(crate) fn cycle(
        plan: &'a Plan,
        contender: &'a Contender,
        examples: &Examples,
    ) -> anyhow::Result<Figures> {
        let server = Server::start(contender, examples, plan.timeout)?;
        let client = Client::new(server.address)?;
        let mut stage = Self {
            plan,
            contender,
            server,
            client,
            polls: 0,
        };
        phases::measure(&mut stage)
    }

    /// Opens the connections for the polls, and those of the publishers, and uses each of them once.
    pub(crate) fn connect(&mut self, polls: usize) -> anyhow::Result<()> {
        self.client.hang_up();
        self.rest()?;
        self.polls = polls;
        self.client.connect(polls + PUBLISHERS)?;
        let (health, all) = (requests::health(), polls + PUBLISHERS);
        for first in (0..all).step_by(SOME) {
            let some = first..all.min(first + SOME);
            for connection in some.clone() {
                self.client.send(connection, &health)?;
            }
            let answers = self.collect(some.len(), Looks::AtOnce)?;
            ensure!(
                answers.iter().all(|answer| answer.status == 200),
                "a healthy server answers /healthz with 200"
            );
        }
        self.rest()?;
        Ok(())
    }

    /// The connection of a publisher.
    pub(crate) fn publisher(&self, number: usize) -> usize {
        self.polls + number
    }

    pub(crate) fn is_publisher(&self, connection: usize) -> bool {
        connection >= self.polls
    }

    /// Waits for a number of answers.
    pub(crate) fn collect(&mut self, count: usize, looks: Looks) -> anyhow::Result<Vec<Answer>> {
        let mut answers = Vec::with_capacity(count);
        while answers.len() < count {
            let missing = count - answers.len();
            let more = self.more(looks);
            answers
                .extend(more.with_context(|| format!("{missing} of {count} answers are missing"))?);
        }
        ensure!(
            answers.len() == count,
            "{} answers have come to {count} requests",
            answers.len()
        );
        Ok(answers)
    }

    /// Waits for some answers.
    pub(crate) fn more(&mut self, looks: Looks) -> anyhow::Result<Vec<Answer>> {
        let since = self.client.now();
        while self.client.now() - since < PATIENCE {
            match looks {
                Looks::AtOnce => self.client.look(A_MOMENT)?,
                Looks::NowAndThen => {
                    pause(A_MOMENT);
                    self.client.look(Duration::ZERO)?;
                }
            }
            let answers = self.client.answers();
            if !answers.is_empty() {
                return Ok(answers);
            }
        }
        bail!("no answer has come for {PATIENCE:?}")
    }

    /// Waits until the server has computed next to nothing for a while, so that its work after the last answer counts.
    fn rest(&mut self) -> anyhow::Result<()> {
        let began = self.client.now();
        let (mut looked, mut computed, mut busy) = (began, self.server.cpu(), began);
        while looked - busy < self.plan.rest {
            ensure!(
                looked - began < PATIENCE,
                "it is still computing after {PATIENCE:?}"
            );
            self.client.look(A_STEP)?;
            let (now, cpu) = (self.client.now(), self.server.cpu());
            if (cpu.saturating_sub(computed)) * 10 > now - looked {
                busy = now;
            }
            (looked, computed) = (now, cpu);
        }
        Ok(())
    }

    /// What the server computes until it is at rest after some work, in microseconds per request.
    pub(crate) fn cpu<R>(
        &mut self,
        requests: usize,
        work: impl FnOnce(&mut Self) -> anyhow::Result<R>,
    ) -> anyhow::Result<(f64, R)> {
        let before = self.server.cpu();
        let result = work(self)?;
        self.rest()?;
        let computed = self.server.cpu().saturating_sub(before);
        Ok((computed.as_secs_f64() * 1e6 / requests as f64, result))
    }
}

/// How often the client looks for answers.
#[derive(Clone, Copy)]
pub(crate) enum Looks {
    /// It sleeps until there is one, and the server pays for waking it up.
    AtOnce,
    /// It looks once a millisecond, whether there is one or not.
    NowAndThen,
}

pub(crate) const PUBLISHERS: usize = 8;

/// How many requests are under way at once, where it does not matter.
const SOME: usize = 256;

/// A server that says nothing for so long has lost something.
const PATIENCE: Duration = Duration::from_secs(10);

const A_STEP: Duration = Duration::from_millis(2);

const A_MOMENT: Duration = Duration::from_millis(1);
