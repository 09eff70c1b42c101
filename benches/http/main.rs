//! Servers side by side over HTTP: what a held request takes with this crate, by hand, and in nchan.
//!
//! `cargo bench --bench http --all-features -- [--quick | --full] [--cycles N] [CONTENDER…]`
//!
//! Each contender is a separate process, started again for each cycle. They are measured in alternation, so that what
//! else the machine does affects all alike, and a ratio is one of the same cycle.
//!
//! `--quick` is a smoke run of some seconds, whose figures say nothing; `--full` prints the tables of the README. In
//! each of them every answer is checked, and the run fails if one is missing or wrong.

mod arguments;
mod client;
mod comparisons;
mod contenders;
mod figures;
mod message;
mod pause;
mod phases;
mod plan;
mod requests;
mod server;
mod stage;
mod table;

use std::process::ExitCode;

use anyhow::{Context, anyhow, bail, ensure};

use arguments::{Arguments, Command};
use contenders::{Contender, Examples};
use figures::Record;
use plan::Plan;
use stage::Stage;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    // Its source says nothing that it does not say itself.
    let arguments = Arguments::parse().map_err(|error| anyhow!("{error}"))?;
    match arguments.command {
        Command::Serve(role, port) => role.serve(port).with_context(|| format!("port {port}")),
        Command::Measure(plan, contenders) => measure(&plan, &contenders),
    }
}

fn measure(plan: &Plan, contenders: &[&'static Contender]) -> anyhow::Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "what a process computes is read from /proc, as Linux has it"
    );
    raise_open_files(plan)?;
    let contenders = present(contenders);
    let examples = Examples::build()?;
    let (mut record, mut failures) = (Record::default(), 0);
    for cycle in 0..plan.cycles {
        for &contender in &contenders {
            let name = contender.name;
            eprintln!("cycle {} of {}: {name}", cycle + 1, plan.cycles);
            match Stage::cycle(plan, contender, &examples) {
                Ok(figures) => record.add(name, cycle, figures),
                Err(error) => {
                    failures += 1;
                    eprintln!("{name}: {error:#}");
                }
            }
        }
    }
    table::print(&record);
    match failures {
        0 => Ok(()),
        _ => bail!("cycles that have failed, and are not in the tables: {failures}"),
    }
}

/// Those that can be started here; names the others, and what they need.
fn present(contenders: &[&'static Contender]) -> Vec<&'static Contender> {
    let is_present = |contender: &&&'static Contender| match contender.missing() {
        None => true,
        Some(missing) => {
            eprintln!("not measured: {}: {missing}", contender.name);
            false
        }
    };
    contenders.iter().filter(is_present).copied().collect()
}

/// A connection is a file on both sides, and the servers inherit the limit.
fn raise_open_files(plan: &Plan) -> anyhow::Result<()> {
    let wanted = plan.open_files();
    #[cfg(target_os = "linux")]
    {
        let limit = rlimit::increase_nofile_limit(wanted)
            .context("the limit of open files cannot be raised")?;
        ensure!(
            limit >= wanted,
            "{} held requests take {wanted} open files, and the limit is {limit}: raise it by `ulimit -Hn`, or run \
             without --full",
            plan.held
        );
    }
    Ok(())
}
