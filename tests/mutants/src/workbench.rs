//! A copy of the crate, in which mutants are tried one after another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::copy::{copy_as_new, copy_as_old};
use crate::mutant::{Files, Mutant};

/// What the models need. cargo wants every target to exist that the manifest names.
const TREE: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "tests",
    "examples",
    "benches",
    "bridges",
];

/// Models that take seconds run last, if no other model has failed.
const SLOW: [&str; 4] = [
    "b_one_key",
    "d_two_keys",
    "a_waiter_that_leaves_while_its_link",
    "a_pass_that_runs_while_all",
];

/// A model that takes longer loops without end, so it has failed.
const LONGEST: Duration = Duration::from_secs(600);

pub(crate) struct Workbench {
    tree: PathBuf,
    target: PathBuf,
    log: PathBuf,
}

pub(crate) enum Outcome {
    Noticed { by: String },
    Unnoticed,
}

/// The test programs.
struct Programs {
    lib: PathBuf,
    loom: PathBuf,
}

impl Workbench {
    /// Copies the crate, and keeps what an earlier run has compiled.
    pub(crate) fn new(root: &Path, folder: &Path) -> Result<Self, String> {
        let tree = folder.join("tree");
        if tree.exists() {
            fs::remove_dir_all(&tree).map_err(at(&tree))?;
        }
        fs::create_dir_all(&tree).map_err(at(&tree))?;
        for name in TREE {
            let from = root.join(name);
            copy_as_new(&from, &tree.join(name)).map_err(at(&from))?;
        }
        let (target, log) = (folder.join("target"), folder.join("log"));
        Ok(Self { tree, target, log })
    }

    /// Copies the dependencies that another bench has compiled.
    pub(crate) fn take_what_is_built_from(&self, other: &Self) -> Result<(), String> {
        copy_as_old(&other.target, &self.target).map_err(at(&self.target))
    }

    /// Runs the models without a mutant, and checks that there are some.
    pub(crate) fn try_without(&self) -> Result<Outcome, String> {
        let outcome = self.models()?;
        // One run of a program for each `true`: the quick models, those of the library, the slow models.
        let ran = self
            .log()
            .lines()
            .filter(|line| line.starts_with("test result: ok."))
            .map(|line| !line.contains(" 0 passed"))
            .collect::<Vec<_>>();
        match outcome {
            Outcome::Unnoticed if ran != [true; 3] => {
                Err(format!("the models are not found\n{}", self.log()))
            }
            outcome => Ok(outcome),
        }
    }

    /// Runs the models with a mutant, and then restores the crate.
    pub(crate) fn try_mutant(&self, mutant: &Mutant) -> Result<Outcome, String> {
        let whole = mutant.whole(|file| {
            let file = self.tree.join(file);
            fs::read_to_string(&file).map_err(at(&file))
        })?;
        self.write(&mutant.broken(whole.clone())?)?;
        let outcome = self.models();
        self.write(&whole)?;
        outcome
    }

    /// The output of the last run.
    pub(crate) fn log(&self) -> String {
        fs::read(&self.log).map_or_else(
            |error| error.to_string(),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    fn write(&self, files: &Files) -> Result<(), String> {
        for (file, content) in files {
            let file = self.tree.join(file);
            fs::write(&file, content).map_err(at(&file))?;
        }
        Ok(())
    }

    fn models(&self) -> Result<Outcome, String> {
        let Programs { lib, loom } = self.build()?;
        let [mut quick, mut library, mut slow] = [&loom, &lib, &loom].map(Command::new);
        quick.args(SLOW.iter().flat_map(|name| ["--skip", name]));
        library.arg("models");
        slow.args(SLOW);
        for mut command in [quick, library, slow] {
            if let Outcome::Noticed { by } = self.run(&mut command)? {
                return Ok(Outcome::Noticed { by });
            }
        }
        Ok(Outcome::Unnoticed)
    }

    /// The crate is compiled often and the models run for moments, so it is not worth optimizing. loom is optimized.
    fn build(&self) -> Result<Programs, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args([
                "test",
                "--locked",
                "--release",
                "--lib",
                "--test",
                "loom",
                "--no-run",
            ])
            .args(["--config", "profile.release.package.dacapo.opt-level=0"])
            .env("RUSTFLAGS", "--cfg loom")
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_TERM_QUIET");
        let log = File::create(&self.log).map_err(at(&self.log))?;
        let status = self
            .command(&mut command, log)?
            .wait()
            .map_err(at(&self.log))?;
        let log = self.log();
        if !status.success() {
            return Err(format!("it does not build\n{log}"));
        }
        let program = |of: &str| {
            let line = log
                .lines()
                .find(|line| line.trim_start().starts_with("Executable") && line.contains(of));
            let path = line.and_then(|line| line.rsplit_once('(')?.1.strip_suffix(')'));
            path.map(|path| self.tree.join(path))
                .ok_or_else(|| format!("cargo names no program of {of}\n{log}"))
        };
        Ok(Programs {
            lib: program("lib.rs")?,
            loom: program("main.rs")?,
        })
    }

    /// Runs models until one fails.
    #[expect(
        clippy::disallowed_methods,
        reason = "a process has a time limit, and std has no wait with one"
    )]
    fn run(&self, command: &mut Command) -> Result<Outcome, String> {
        let log = File::options()
            .append(true)
            .open(&self.log)
            .map_err(at(&self.log))?;
        let mut child = self.command(command, log)?;
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(at(&self.log))? {
                break status;
            }
            if began.elapsed() > LONGEST {
                child
                    .kill()
                    .and_then(|()| child.wait())
                    .map_err(at(&self.log))?;
                let by = format!("a model that has not ended after {LONGEST:?}");
                return Ok(Outcome::Noticed { by });
            }
            thread::sleep(Duration::from_millis(20));
        };
        if status.success() {
            return Ok(Outcome::Unnoticed);
        }
        // If a model ends in the middle of a panic, its name is printed nowhere else.
        let log = self.log();
        let by = log
            .lines()
            .find_map(|line| line.strip_prefix("thread '")?.split('\'').next());
        match by {
            Some(by) => Ok(Outcome::Noticed { by: by.to_owned() }),
            None => Err(format!(
                "it ended with {status}, but no model says that it has failed\n{log}"
            )),
        }
    }

    fn command(&self, command: &mut Command, log: File) -> Result<std::process::Child, String> {
        let errors = log.try_clone().map_err(at(&self.log))?;
        command
            .current_dir(&self.tree)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        command
            .spawn()
            .map_err(at(Path::new(command.get_program())))
    }
}

/// Adds the path to an error.
fn at(path: &Path) -> impl Fn(std::io::Error) -> String {
    let path = path.to_owned();
    move |error| format!("{}: {error}", path.display())
}
