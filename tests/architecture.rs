//! The rooms of the crate and who may enter them: reads `src`, and fails where a path breaks the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// What a room may use: other rooms, and crates. `face` is what the crate's users see at its root.
type Room = (&'static str, &'static [&'static str]);

/// A room is all modules whose path begins so. A narrower one stands before a wider one.
const ROOMS: [Room; 16] = [
    ("engine::wheel", &["engine::wheel", "std"]),
    ("engine::stripes", &["std"]),
    ("engine", &["engine", "slab", "hashbrown", "std"]),
    ("sync", &["sync", "std", "parking_lot", "loom"]),
    ("key", &["std", "siphasher"]),
    ("clock", &["std", "sync", "tokio"]),
    ("panics", &["std"]),
    (
        "timekeeper",
        &["timekeeper", "std", "sync", "clock", "panics", "tokio"],
    ),
    ("completion", &["std", "http", "bytes", "thiserror"]),
    ("listeners", &["std", "panics"]),
    (
        "error",
        &["std", "key", "completion", "http", "bytes", "thiserror"],
    ),
    (
        "telemetry",
        &[
            "telemetry",
            "core",
            "error",
            "sync",
            "std",
            "tracing",
            "metrics",
        ],
    ),
    (
        "core",
        &[
            "core",
            "telemetry",
            "engine",
            "key",
            "clock",
            "timekeeper",
            "sync",
            "completion",
            "listeners",
            "panics",
            "error",
            "std",
            "http",
            "bytes",
            "thiserror",
        ],
    ),
    (
        "driver",
        &[
            "driver",
            "core",
            "engine",
            "clock",
            "error",
            "std",
            "http",
            "bytes",
            "thiserror",
        ],
    ),
    (
        "axum",
        &[
            "axum",
            "face",
            "driver",
            "std",
            "axum_core",
            "tower_layer",
            "tower_service",
            "http",
            "http_body",
            "http_body_util",
            "bytes",
            "thiserror",
        ],
    ),
    (
        "actix",
        &[
            "actix",
            "face",
            "driver",
            "std",
            "actix_web",
            "futures",
            "http",
            "bytes",
            "thiserror",
        ],
    ),
];

/// The modules that together are the room `core`: a request, and what is known of it.
const CORE: [&str; 12] = [
    "hub",
    "continuation",
    "suspended",
    "sleeper",
    "record",
    "handle",
    "execution",
    "expiry",
    "end",
    "estate",
    "verdict",
    "current",
];

/// Parts of std that have no place in the engine.
const OUTSIDE_THE_ENGINE: [&str; 8] = [
    "std::sync::atomic",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::thread",
    "std::time",
    "std::panic",
    "std::future",
    "std::net",
];

#[test]
fn every_module_uses_only_what_its_room_may() {
    let modules = modules();
    let names: BTreeSet<_> = modules.keys().cloned().collect();
    let crates = dependencies();
    let mut strays = Vec::new();
    for (module, code) in &modules {
        let (room, allowed) = room_of(module).unwrap_or_else(|| panic!("{module} is in no room"));
        for used in paths(code) {
            let Some(target) = target(module, &used, &names, &crates) else {
                continue;
            };
            let is_allowed = |allowed: &&str| {
                within(&target, allowed) || (*allowed == "core" && in_core(&target))
            };
            if !allowed.iter().any(is_allowed) {
                strays.push(format!(
                    "{module} (room {room}) uses {used}, which is {target}"
                ));
            }
        }
    }
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

#[test]
fn the_engine_knows_no_lock_no_clock_and_no_thread() {
    for (module, code) in modules()
        .iter()
        .filter(|(module, _)| within(module, "engine"))
    {
        for used in paths(code) {
            assert!(
                !OUTSIDE_THE_ENGINE
                    .iter()
                    .any(|outside| within(&used, outside)),
                "{module} uses {used}"
            );
        }
    }
}

#[test]
fn the_tests_that_the_documentation_names_exist() {
    let files = ["tests", "src", "examples"].into_iter().flat_map(files);
    let tests: String = files.map(|(_, code)| code).collect();
    for page in ["src/jetty.rs", "src/faults.rs", "SECURITY.md"] {
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

#[test]
fn the_table_can_tell_right_from_wrong() {
    let names = ["engine", "engine::wheel", "hub", "clock"]
        .map(String::from)
        .into();
    let crates = ["slab"].map(String::from).into();
    let target = |module: &str, path: &str| target(module, path, &names, &crates);
    assert_eq!(
        target("engine::wheel", "super::Fingerprint").as_deref(),
        Some("engine")
    );
    assert_eq!(
        target("engine", "wheel::Timer").as_deref(),
        Some("engine::wheel")
    );
    assert_eq!(
        target("engine", "crate::clock::Clock").as_deref(),
        Some("clock")
    );
    assert_eq!(
        target("hub", "crate::Continuation").as_deref(),
        Some("face")
    );
    assert_eq!(target("hub", "slab::Slab").as_deref(), Some("slab"));
    assert_eq!(target("hub", "Vec::new"), None);
    assert!(paths("use crate::{a::B, c::{D, E as F}};\n").eq([
        "crate::a::B",
        "crate::c::D",
        "crate::c::E"
    ]));
    assert!(
        paths("let x = std::sync::Arc::new(1); // crate::hub::Hub\n").eq(["std::sync::Arc::new"])
    );
    assert!(!within("engine_room", "engine"));
}

/// The code of each module by its path, without its tests.
fn modules() -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for (path, code) in files("src") {
        let module = path.strip_prefix("src").unwrap().with_extension("");
        let module = module.to_str().unwrap().replace(['/', '\\'], "::");
        let module = module.strip_suffix("::mod").unwrap_or(&module).to_owned();
        let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = code.split("#[cfg(all(test, loom))]").next().unwrap();
        modules.insert(module, code.to_owned());
    }
    // Eight are tests, three are documentation.
    let no_room = [
        "engine::wheel::tests",
        "engine::wheel::tests::erratic",
        "hub::model",
        "hub::model::mirror",
        "hub::model::request",
        "hub::model::state",
        "hub::model::steps",
        "hub::scarcity",
        "lib",
        "jetty",
        "faults",
    ];
    modules.retain(|module, _| !no_room.contains(&module.as_str()));
    modules
}

/// All files below a folder, and what is in them.
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

/// The names of the crates that the manifest names, as code spells them.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let names = manifest
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.trim());
    let names = names.filter(|name| {
        name.chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '-')
    });
    names
        .map(|name| name.replace('-', "_"))
        .chain(["std".into(), "core".into(), "alloc".into()])
        .collect()
}

fn room_of(module: &str) -> Option<Room> {
    let named = ROOMS.into_iter().find(|(room, _)| within(module, room));
    named.or_else(|| {
        ROOMS
            .into_iter()
            .find(|(room, _)| *room == "core")
            .filter(|_| in_core(module))
    })
}

fn in_core(module: &str) -> bool {
    CORE.iter().any(|room| within(module, room))
}

fn within(path: &str, room: &str) -> bool {
    path.strip_prefix(room)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The module or the crate that a path leads to, if it leads out of its own module.
fn target(
    module: &str,
    path: &str,
    names: &BTreeSet<String>,
    crates: &BTreeSet<String>,
) -> Option<String> {
    let mut segments = path.split("::").peekable();
    let mut base: Vec<_> = module.split("::").collect();
    match *segments.peek()? {
        "crate" => base.clear(),
        "self" | "super" => {}
        first if names.contains(&format!("{module}::{first}")) => {}
        first => return crates.contains(first).then(|| first.to_owned()),
    }
    while segments.next_if_eq(&"super").is_some() {
        base.pop();
    }
    segments.next_if(|first| ["crate", "self"].contains(first));
    let absolute: Vec<_> = base.into_iter().chain(segments).collect();
    let prefixes = (1..=absolute.len())
        .rev()
        .map(|length| absolute[..length].join("::"));
    Some(
        prefixes
            .into_iter()
            .find(|prefix| names.contains(prefix))
            .unwrap_or_else(|| "face".to_owned()),
    )
}

/// All paths in a piece of code, those of `use` trees one by one.
fn paths(code: &str) -> impl Iterator<Item = String> {
    let code: Vec<_> = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let (mut found, mut rest) = (Vec::new(), String::new());
    for statement in code.split_inclusive(';') {
        let start = statement.rfind("use ").filter(|at| {
            statement[..*at]
                .trim_end()
                .lines()
                .last()
                .is_none_or(ends_an_item)
        });
        match start {
            Some(at) => expand("", statement[at + 4..].trim_end_matches(';'), &mut found),
            None => rest.push_str(statement),
        }
    }
    let words =
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':');
    found.extend(
        words
            .filter(|word| word.contains("::") && !word.starts_with(':'))
            .map(String::from),
    );
    found.into_iter()
}

fn ends_an_item(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.ends_with(['}', ';', ']', '{']) || line.starts_with("pub")
}

/// Takes a `use` tree apart.
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
