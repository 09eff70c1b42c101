//! The README of this folder shows how `before.rs` becomes `after.rs`.

use similar::TextDiff;

/// Fails unless the README has this difference, and prints the block to put there.
pub(crate) fn shows_the_difference_of(framework: &str, before: &str, after: &str) {
    let readme = include_str!("README.md");
    let difference = TextDiff::from_lines(before, after)
        .unified_diff()
        .header(
            &format!("{framework}/before.rs"),
            &format!("{framework}/after.rs"),
        )
        .to_string();
    let block = format!("```diff\n{difference}```\n");
    assert!(
        readme.contains(&block),
        "the README must have this block:\n{block}"
    );
}
