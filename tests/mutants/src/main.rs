//! Breaks the conditions on which the proofs rest, one at a time, in a copy of the crate. A model must fail each
//! time: `cargo run -p dacapo-mutants [NAMES..]`, or `.ci/mutants [NAMES..]`.
//!
//! This fails if an entry of the table does not apply, does not build, or passes all models, and also if the models
//! fail without any mutant. A model that loops without end has failed.

mod copy;
mod mutant;
mod table;
mod workbench;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::{env, thread};

use mutant::Mutant;
use table::MUTANTS;
use workbench::{Outcome, Workbench};

fn main() -> ExitCode {
    let names: Vec<_> = env::args().skip(1).collect();
    match chosen(&names).and_then(|mutants| try_all(&mutants)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// The mutants with these names, or all.
fn chosen(names: &[String]) -> Result<Vec<&'static Mutant>, String> {
    if names.is_empty() {
        return Ok(MUTANTS.iter().collect());
    }
    let find = |name: &String| {
        let found = MUTANTS.iter().find(|mutant| mutant.name == name);
        found.ok_or_else(|| format!("{name}: there is no such mutant"))
    };
    names.iter().map(find).collect()
}

fn try_all(mutants: &[&Mutant]) -> Result<(), String> {
    let benches = benches(mutants.len())?;
    let queue = Mutex::new(mutants.iter());
    let next = || queue.lock().unwrap().next();
    // A mutant that passes does not stop the others from being tried.
    let work = |bench: Workbench| {
        let mut failed = 0;
        while let Some(mutant) = next() {
            failed += usize::from(!tell(mutant.name, bench.try_mutant(mutant)));
        }
        failed
    };
    let failed: usize = thread::scope(|scope| {
        let workers: Vec<_> = benches
            .into_iter()
            .map(|bench| scope.spawn(|| work(bench)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    match failed {
        0 => Ok(()),
        _ => Err(format!(
            "{failed} of {} have not been noticed",
            mutants.len()
        )),
    }
}

/// A bench for each processor. The first one runs the models without any mutant, and the others copy its
/// dependencies.
fn benches(most: usize) -> Result<Vec<Workbench>, String> {
    let folder = target_folder().join("mutants");
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let first = Workbench::new(&root(), &folder.join("1"))?;
    match first.try_without()? {
        Outcome::Unnoticed => println!("without a mutant: all models pass"),
        Outcome::Noticed { by } => {
            return Err(format!("without a mutant: {by} fails\n{}", first.log()));
        }
    }
    let mut benches = vec![first];
    for number in 2..=processors.min(most) {
        let bench = Workbench::new(&root(), &folder.join(number.to_string()))?;
        bench.take_what_is_built_from(&benches[0])?;
        benches.push(bench);
    }
    Ok(benches)
}

/// Prints the result, and returns whether the mutant was noticed.
fn tell(name: &str, outcome: Result<Outcome, String>) -> bool {
    let (went_well, line) = match outcome {
        Ok(Outcome::Noticed { by }) => (true, format!("noticed by {by}")),
        Ok(Outcome::Unnoticed) => (false, "no model has noticed it".into()),
        Err(failure) => (false, failure),
    };
    println!("{name}: {line}");
    went_well
}

/// The folder of the crate that is copied.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn target_folder() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(folder).unwrap(),
        None => root().join("target"),
    }
}
