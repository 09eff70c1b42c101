//! The figures on the guide's page are those of the programs and of the benches.

const PAGE: &str = include_str!("../../src/guide/by_hand/mod.rs");

/// The cells of the row that begins with this text.
fn row<'t>(page: &'t str, begins: &str) -> Vec<&'t str> {
    let mut rows = page
        .lines()
        .map(|line| line.trim_start_matches("//! ").trim_matches(['|', ' ']))
        .map(|line| line.split(" | ").collect::<Vec<_>>())
        .filter(|cells| cells[0] == begins);
    rows.next().unwrap_or_else(|| panic!("no row {begins:?}"))
}

#[test]
fn the_lines_of_the_programs_are_counted() {
    let lines = |program: &str| {
        let code = program.lines().map(str::trim_start);
        let is_code =
            |line: &&str| !(line.is_empty() || line.starts_with("//") || line.starts_with("use "));
        code.filter(is_code).count().to_string()
    };
    let [once_by_hand, once_here, again_by_hand, again_here] = [
        include_str!("../../src/guide/by_hand/once_by_hand.rs"),
        include_str!("../../src/guide/by_hand/once_here.rs"),
        include_str!("../../src/guide/by_hand/again_by_hand.rs"),
        include_str!("../../src/guide/by_hand/again_here.rs"),
    ]
    .map(lines);
    let once = row(PAGE, "a note that may not be there yet");
    assert_eq!(once[1..], [once_by_hand, once_here]);
    let again = row(PAGE, "each next note");
    assert_eq!(again[1..], [again_by_hand, again_here]);
}

#[test]
fn the_costs_are_those_that_the_benches_have_printed() {
    let benches = include_str!("../../benches/README.md");
    // The row of the page, and by hand and here: the row and the column in the README of the benches.
    for (cost, by_hand, here) in [
        (
            "to suspend, wake and answer a request, of 10,000",
            ("suspend-notify-finish-10k", 2),
            ("suspend-notify-finish-10k", 1),
        ),
        (
            "to wake 10,000 requests of one key, for each",
            ("notify-10k-of-10k", 2),
            ("notify-10k-of-10k", 1),
        ),
        (
            "instructions until a request is held",
            ("suspend", 2),
            ("suspend", 1),
        ),
        (
            "instructions of the pass that answers it",
            ("finish", 2),
            ("finish", 1),
        ),
        (
            "a multicast over HTTP, on axum, for each answer",
            ("axum-by-hand", 1),
            ("axum-handler", 1),
        ),
        (
            "memory of a held request over HTTP, on axum",
            ("axum-by-hand", 7),
            ("axum-handler", 7),
        ),
    ] {
        let printed = |(case, column): (&str, usize)| number(row(benches, case)[column]);
        let cells = row(PAGE, cost);
        assert_eq!(number(cells[1]), printed(by_hand), "{cost}, by hand");
        assert_eq!(number(cells[2]), printed(here), "{cost}, here");
    }
}

/// The first word of a cell, without its range and its unit.
fn number(cell: &str) -> &str {
    cell.split(' ').next().unwrap_or_default()
}
