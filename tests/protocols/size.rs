//! The examples are small, and stay so: that they are is what they show.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn no_protocol_takes_more_than_80_lines() {
    for file in files("examples/protocols") {
        let lines = lines_of_code(&file);
        assert!(lines <= 80, "{} has {lines} lines", file.display());
    }
}

#[test]
fn a_server_of_durable_streams_takes_no_more_than_600_lines() {
    let lines: usize = files("examples/durable_streams")
        .iter()
        .map(|file| lines_of_code(file))
        .sum();
    assert!(lines > 300, "the files are not found");
    assert!(lines <= 600, "it has {lines} lines");
}

/// Lines that are neither empty, nor comments, nor `use` and `mod`.
fn lines_of_code(file: &Path) -> usize {
    let text = fs::read_to_string(file).unwrap();
    let mut is_in_use = false;
    let is_code = |line: &&str| {
        let line = line.trim();
        is_in_use |= ["use ", "mod ", "pub(crate) mod "]
            .iter()
            .any(|begin| line.starts_with(begin));
        let is_code = !is_in_use && !line.is_empty() && !line.starts_with("//");
        is_in_use &= !line.ends_with(';');
        is_code
    };
    text.lines().filter(is_code).count()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let deeper = folders.iter().flat_map(|folder| files_in(folder));
    files.into_iter().filter(is_rust).chain(deeper).collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    files(folder.to_str().unwrap())
}
