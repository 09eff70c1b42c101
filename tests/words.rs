//! The prose of the repository is plain modern English. This counts turns of phrase that are not.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn comments_and_documentation_use_plain_words() {
    let files: Vec<_> = files().iter().map(|path| Prose::read(path)).collect();
    let words: usize = files.iter().map(|prose| prose.words.len()).sum();
    let found: usize = files.iter().map(|prose| prose.turns.len()).sum();
    assert!(words > 20_000, "only {words} words were found");
    assert!(
        found * 1000 <= words,
        "{found} turns in {words} words are not plain, and 1 in 1,000 may be. The worst files come first:\n{}",
        report(files)
    );
}

#[test]
fn a_turn_is_found_across_lines_and_not_in_code() {
    let text = "/// It waits for\n/// ever, and nobody knows `who`.\nlet who = 1; // so MANY of them\n\
                /// ```\n/// // meanwhile\n/// ```\n/// Let the last one go. It lets you go on and on and go.\n";
    let prose = Prose::of_rust("x.rs", text);
    let turns: Vec<_> = prose.turns.iter().map(String::as_str).collect();
    assert_eq!(
        turns,
        [
            "x.rs:1: for ever",
            "x.rs:2: nobody",
            "x.rs:3: so many",
            "x.rs:7: let … go",
            "x.rs:7: lets … go",
        ]
    );
    assert_eq!(prose.words.len(), 25);
}

/// Turns that make a request a person, or that are no longer in use. `…` stands for one to three words.
const TURNS: &[&str] = &[
    "anew",
    "are to be",
    "as it is there",
    "as it was there",
    "besides",
    "come about",
    "come to nothing",
    "comes about",
    "comes to nothing",
    "everybody",
    "for ever",
    "in vain",
    "is to be",
    "let … go",
    "lets … go",
    "meanwhile",
    "nobody",
    "of its own",
    "of one's own",
    "of their own",
    "ought",
    "see to it",
    "sees to it",
    "so many",
    "somebody",
    "was to be",
    "were to be",
    "whatever",
    "who",
    "whoever",
    "whom",
    "whomever",
    "whose",
];

/// All code of the repository, and all pages that are written for readers.
fn files() -> Vec<PathBuf> {
    let pages = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "benches/README.md",
        "bridges/nats/README.md",
        "bridges/postgres/README.md",
        "examples/embedding/README.md",
        "bridges/redis/README.md",
        "bridges/transport/README.md",
        "src/relay/protocol.md",
    ];
    let mut files: Vec<_> = pages.map(PathBuf::from).into();
    for folder in [
        "src",
        "tests",
        "benches",
        "bridges",
        "examples",
        "frameworks",
        "fuzz/fuzz_targets",
    ] {
        add_sources(Path::new(folder), &mut files);
    }
    files.sort();
    files
}

fn add_sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The words of a file, and the turns among them.
struct Prose {
    /// Each word in lower case, with its line.
    words: Vec<(usize, String)>,
    turns: Vec<String>,
}

impl Prose {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.display().to_string();
        match path.extension().is_some_and(|extension| extension == "rs") {
            true => Self::of_rust(&name, &text),
            false => Self::of_lines(&name, text.lines().enumerate()),
        }
    }

    fn of_rust(name: &str, text: &str) -> Self {
        let lines = text.lines().enumerate();
        let comments = lines.filter_map(|(at, line)| Some((at, comment(line)?)));
        Self::of_lines(name, comments)
    }

    fn of_lines<'a>(name: &str, lines: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut prose = Self {
            words: Vec::new(),
            turns: Vec::new(),
        };
        let mut is_code = false;
        for (at, line) in lines {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            } else if !is_code {
                let words = line.split('`').step_by(2).flat_map(words);
                prose.words.extend(words.map(|word| (at + 1, word)));
            }
        }
        prose.find_turns(name);
        prose
    }

    fn find_turns(&mut self, name: &str) {
        let split = |turn: &'static str| (turn, turn.split(' ').collect::<Vec<_>>());
        let turns: Vec<_> = TURNS.iter().copied().map(split).collect();
        for at in 0..self.words.len() {
            let words = &self.words[at..];
            let found = turns.iter().filter(|(_, parts)| begins_with(words, parts));
            let named = found.map(|(turn, _)| format!("{name}:{}: {turn}", words[0].0));
            self.turns.extend(named);
        }
    }

    /// Turns in 1,000,000 words.
    fn rate(&self) -> usize {
        self.turns.len() * 1_000_000 / self.words.len().max(1)
    }
}

/// The text of a comment, if the line has one.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let comment = line
        .strip_prefix("//")
        .or_else(|| Some(line.rsplit_once(" // ")?.1))?;
    Some(comment.trim_start_matches(['/', '!']))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '_');
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}

fn begins_with(words: &[(usize, String)], turn: &[&str]) -> bool {
    match turn {
        [] => true,
        ["…", rest @ ..] => (1..=3).any(|skipped| {
            let words = words.get(skipped..).unwrap_or_default();
            begins_with(words, rest)
        }),
        [first, rest @ ..] => match words {
            [(_, word), words @ ..] => word == first && begins_with(words, rest),
            [] => false,
        },
    }
}

fn report(mut files: Vec<Prose>) -> String {
    files.sort_by_key(|prose| Reverse(prose.rate()));
    let turns = files.into_iter().flat_map(|prose| prose.turns);
    turns.take(50).collect::<Vec<_>>().join("\n")
}
