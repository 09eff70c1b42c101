//! The examples of this crate that are servers, as this bench is built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Where they are.
pub(crate) struct Examples(PathBuf);

impl Examples {
    pub(crate) fn build() -> anyhow::Result<Self> {
        let bench = std::env::current_exe()?;
        let profile = bench.parent().and_then(|deps| deps.parent());
        let profile =
            profile.context("a bench is in a folder of its profile, where cargo puts it")?;
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", FEATURES]);
        cargo.args(["--profile", name_of(profile)]);
        cargo.arg("--target-dir");
        cargo.arg(profile.parent().context("so is that folder")?);
        for example in NAMES {
            cargo.args(["--example", example]);
        }
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        let status = cargo.status().context("cargo, to build the examples")?;
        ensure!(status.success(), "the examples are not built: see above");
        Ok(Self(profile.join("examples")))
    }

    pub(super) fn path(&self, example: &str) -> PathBuf {
        self.0.join(example)
    }
}

const NAMES: [&str; 2] = ["hold", "own_server"];

/// What they need, and no more: with spans and metrics, they would do what the contenders by hand do not. A check that
/// has compiled everything with all features need not compile them again.
const FEATURES: &str = match cfg!(all(feature = "metrics", feature = "tracing")) {
    true => "--all-features",
    false => "--features=axum,actix,tokio",
};

/// A profile by its folder: only one has another name.
fn name_of(folder: &Path) -> &str {
    match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    }
}
