//! The order of the rooms: this reads `src`, and fails if a room uses a later one or if files use each other in a
//! circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Every room uses only rooms before it. A room is a module at the root, with everything below it.
const ROOMS: [&str; 36] = [
    "sync",
    "hash",
    "panics",
    "percent",
    "generations",
    "engine",
    "time",
    "callbacks",
    "id",
    "dispatch",
    "answer",
    "completion",
    "error",
    "end",
    "payload",
    "on_expiry",
    "telemetry",
    "waiters",
    "request",
    "suspended",
    "interrupt",
    "handle",
    "continuation",
    "lenient",
    "cursor",
    "execution",
    "hub",
    "share",
    "manners",
    "mailbox",
    "relay",
    "driver",
    "push",
    "stream",
    "axum",
    "actix",
];

/// Modules at the root that are not rooms: tests, and pages of documentation.
const NO_ROOMS: [&str; 3] = ["lib", "tests", "guide"];

/// The rooms that may use a crate. All rooms may use the others: `std`, `bytes`, `http`, `futures`, `thiserror`.
const CRATES: [(&str, &[&str]); 14] = [
    ("parking_lot", &["sync"]),
    ("loom", &["sync", "time", "waiters", "request"]), // above `sync` only in models
    ("siphasher", &["hash"]),
    ("slab", &["engine"]),
    ("hashbrown", &["generations", "engine"]),
    ("tokio", &["time"]),
    ("tracing", &["telemetry"]),
    ("metrics", &["telemetry"]),
    (
        "serde",
        &["telemetry", "id", "lenient", "cursor", "mailbox"],
    ),
    ("tower", &["axum"]),
    ("axum_core", &["axum"]),
    ("http_body", &["axum"]),
    ("http_body_util", &["axum"]),
    ("actix_web", &["actix"]),
];

/// Modules that the engine and `waiters` must not use.
const ABROAD: [(&str, &[&str]); 2] = [
    (
        "engine",
        &[
            "std::sync",
            "std::thread",
            "std::time",
            "std::panic",
            "std::future",
            "http",
            "bytes",
            "futures",
        ],
    ),
    ("waiters", &["http", "bytes", "futures"]),
];

#[test]
fn every_room_uses_only_rooms_before_it() {
    let house = House::of(modules());
    assert!(house.files.len() > 80, "the files are not found");
    assert_eq!(house.steps_up_or_round(), Vec::<String>::new());
}

#[test]
fn two_files_know_each_other_only_as_a_parent_and_its_own_children() {
    assert_eq!(House::of(modules()).circles(), Vec::<String>::new());
}

#[test]
fn a_step_up_and_a_circle_are_found_through_re_exports_and_in_inline_paths() {
    let house = |files: &[(&str, &str)]| {
        let own = |(name, code): &(&str, &str)| ((*name).to_owned(), (*code).to_owned());
        House::of(files.iter().map(own).collect())
    };
    let good = [
        ("engine", "mod slot;\npub(crate) use slot::Slot;"),
        ("engine::slot", "use super::Slot;"),
        (
            "hub",
            "use crate::{engine::Slot, sync::{Mutex as Lock, order}};",
        ),
        ("sync", ""),
    ];
    assert!(house(&good).steps_up_or_round().is_empty() && house(&good).circles().is_empty());

    let up = house(&[
        good[0],
        ("engine::slot", "fn f() { crate::hub::Hub::new(); }"),
        good[2],
    ]);
    assert_eq!(up.steps_up_or_round(), ["engine::slot goes up to hub"]);
    let round = house(&[
        ("lib", "pub use hub::Hub;"),
        good[2],
        ("engine", "use crate::Hub;"),
    ]);
    assert_eq!(round.steps_up_or_round(), ["engine goes up to hub"]);
    assert_eq!(
        house(&[("attic", "")]).steps_up_or_round(),
        ["attic is in no room"]
    );

    let siblings = [
        ("engine::a", "use super::b::B;"),
        ("engine::b", "use super::a::A; // and back"),
        ("engine", ""),
    ];
    assert_eq!(house(&siblings).circles(), ["engine::a, engine::b"]);
    let family = [("engine", "use a::A;"), ("engine::a", "use super::B;")];
    assert!(house(&family).circles().is_empty());
}

#[test]
fn crates_are_used_in_the_rooms_that_need_them_alone() {
    for (module, code) in modules() {
        let room = room_of(&module);
        if room == "guide" {
            continue; // its programs are those of applications
        }
        for path in paths(&code).map(|(_, path)| path) {
            let within = |outer: &str| path == outer || path.starts_with(&format!("{outer}::"));
            let is_known = |(name, rooms): &(&str, &[&str])| !within(name) || rooms.contains(&room);
            assert!(CRATES.iter().all(is_known), "{module} uses {path}");
            let is_abroad = |(at, paths): &(&str, &[&str])| {
                *at == room && paths.iter().any(|path| within(path))
            };
            assert!(!ABROAD.iter().any(is_abroad), "{module} uses {path}");
        }
    }
}

#[test]
fn the_tests_that_the_documentation_names_exist() {
    let files = ["tests", "src", "examples"].into_iter().flat_map(files);
    let tests: String = files.map(|(_, code)| code).collect();
    for page in [
        "src/guide/migrating.rs",
        "src/guide/faults.rs",
        "SECURITY.md",
    ] {
        let page = fs::read_to_string(page).unwrap();
        let quoted = page.split('`').skip(1).step_by(2);
        let is_a_name =
            |word: &&str| word.matches('_').count() > 2 && !word.contains(['(', '/', ':']);
        let named: Vec<_> = quoted.filter(is_a_name).collect();
        assert!(named.len() > 15);
        for name in named {
            let is_there = [
                format!("fn {name}("),
                format!("    {name},"),
                format!("    {name}:"),
                format!("({name},"),
            ];
            assert!(is_there.iter().any(|test| tests.contains(test)), "{name}");
        }
    }
}

#[test]
fn the_crate_forbids_unsafe_code() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    assert!(root.lines().any(|line| line == "#![forbid(unsafe_code)]"));
}

/// Which file uses which.
struct House {
    files: BTreeMap<String, BTreeSet<String>>,
}

impl House {
    fn of(modules: BTreeMap<String, String>) -> Self {
        let names: BTreeSet<_> = modules.keys().cloned().collect();
        let mut exports = BTreeMap::new();
        for (module, code) in &modules {
            for (_, path) in paths(code).filter(|(is_export, _)| *is_export) {
                let name = path.rsplit("::").next().unwrap().to_owned();
                exports.insert((module.clone(), name), path);
            }
        }
        let uses = |module: &String, code: &String| {
            let found =
                paths(code).filter_map(|(_, path)| file_of(module, &path, &names, &exports));
            found.filter(|file| file != module).collect()
        };
        let files = modules
            .iter()
            .map(|(module, code)| (module.clone(), uses(module, code)));
        Self {
            files: files.collect(),
        }
    }

    fn steps_up_or_round(&self) -> Vec<String> {
        let place = |file: &str| ROOMS.iter().position(|room| *room == room_of(file));
        let inside = |file: &&String| !NO_ROOMS.contains(&room_of(file));
        let mut wrong = Vec::new();
        for (file, used) in self.files.iter().filter(|(file, _)| inside(file)) {
            if place(file).is_none() {
                wrong.push(format!("{file} is in no room"));
            }
            let up = used.iter().filter(|other| place(other) > place(file));
            wrong.extend(up.map(|other| format!("{file} goes up to {other}")));
        }
        wrong
    }

    /// Circles of files. A parent and its children may form one.
    fn circles(&self) -> Vec<String> {
        let mut circles = BTreeSet::new();
        for file in self.files.keys().filter(|file| *file != "lib") {
            let known = self.known_to(file);
            let circle: Vec<_> = known
                .iter()
                .filter(|other| self.known_to(other).contains(file))
                .collect();
            let is_below = |parent: &str, file: &str| file.starts_with(&format!("{parent}::"));
            let is_family = |parent: &&&String| {
                circle
                    .iter()
                    .all(|file| file == *parent || is_below(parent, file))
            };
            if !circle.is_empty() && !circle.iter().any(|parent| is_family(&parent)) {
                let names: Vec<_> = circle.iter().map(|file| file.as_str()).collect();
                circles.insert(names.join(", "));
            }
        }
        circles.into_iter().collect()
    }

    /// All files that this one uses, directly or through others.
    fn known_to(&self, file: &str) -> BTreeSet<String> {
        let (mut known, mut left) = (BTreeSet::new(), vec![file.to_owned()]);
        while let Some(file) = left.pop() {
            let used = self
                .files
                .get(&file)
                .into_iter()
                .flatten()
                .filter(|used| *used != "lib");
            left.extend(used.filter(|used| known.insert((*used).clone())).cloned());
        }
        known
    }
}

fn room_of(file: &str) -> &str {
    file.split("::").next().unwrap_or_default()
}

/// The file that contains the item of a path.
fn file_of(
    module: &str,
    path: &str,
    names: &BTreeSet<String>,
    exports: &BTreeMap<(String, String), String>,
) -> Option<String> {
    let mut segments: Vec<_> = path.split("::").collect();
    let mut base: Vec<_> = module.split("::").filter(|part| *part != "lib").collect();
    match segments[0] {
        "crate" => base.clear(),
        "self" | "super" => {}
        first if names.contains(&joined(&base, first)) => {}
        _ => return None,
    }
    while ["crate", "self", "super"].contains(segments.first()?) {
        if segments.remove(0) == "super" {
            base.pop();
        }
    }
    while segments
        .first()
        .is_some_and(|next| names.contains(&joined(&base, next)))
    {
        base.push(segments.remove(0));
    }
    let file = if base.is_empty() {
        "lib".to_owned()
    } else {
        base.join("::")
    };
    let Some(export) = segments
        .first()
        .and_then(|name| exports.get(&(file.clone(), (*name).to_owned())))
    else {
        return Some(file);
    };
    match export == path {
        true => Some(file),
        false => file_of(&file, export, names, exports).or(Some(file)),
    }
}

fn joined(base: &[&str], name: &str) -> String {
    [base, &[name]].concat().join("::")
}

/// The code of each module by its path, without its tests.
fn modules() -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for (path, code) in files("src") {
        let module = path.strip_prefix("src").unwrap().with_extension("");
        let module = module.to_str().unwrap().replace(['/', '\\'], "::");
        let module = module.strip_suffix("::mod").unwrap_or(&module).to_owned();
        let is_test = module.starts_with("tests") || module.contains("::tests");
        let code = ["mod tests {", "mod models {"]
            .iter()
            .fold(code.as_str(), |code, tests| {
                code.split(tests).next().unwrap_or_default()
            });
        if !is_test {
            modules.insert(module, code.to_owned());
        }
    }
    modules
}

/// All files below a folder, with their texts.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::from(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}

/// All paths in a piece of code, also those inside `use` trees, and whether each is exported.
fn paths(code: &str) -> impl Iterator<Item = (bool, String)> {
    let code: Vec<_> = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let mut found = Vec::new();
    for statement in code
        .join(
            "
",
        )
        .split(';')
    {
        let line = statement.rfind("use ").filter(|at| {
            let before = statement[..*at]
                .rsplit('\n')
                .next()
                .unwrap_or_default()
                .trim();
            before.is_empty() || before.starts_with("pub")
        });
        let rest = match line {
            Some(at) => {
                let is_export = statement[..at]
                    .rsplit('\n')
                    .next()
                    .is_some_and(|line| line.contains("pub"));
                let mut tree = Vec::new();
                expand("", &statement[at + 4..], &mut tree);
                found.extend(tree.into_iter().map(|path| (is_export, path)));
                &statement[..at]
            }
            None => statement,
        };
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
        let words = rest
            .split(|letter| !is_part(letter))
            .filter(|word| word.contains("::") && !word.starts_with(':'));
        found.extend(words.map(|word| (false, word.trim_end_matches(':').to_owned())));
    }
    found.into_iter()
}

/// Splits a `use` tree into paths.
fn expand(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((stem, branches)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        if !path.is_empty() {
            found.push(format!("{prefix}{path}"));
        }
        return;
    };
    let prefix = format!("{prefix}{}", stem.trim());
    let branches = &branches[..branches.rfind('}').unwrap_or(branches.len())];
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in branches.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &branches[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    expand(&prefix, &branches[start..], found);
}
