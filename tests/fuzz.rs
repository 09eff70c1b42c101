//! Replays the seeds of the fuzzer. `.ci/fuzz` looks for more.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use support::fuzz;

#[test]
fn every_story_of_the_seeds_ends_and_on_both_frameworks_alike() {
    replay("fuzz/seeds/requests", fuzz::requests);
}

#[test]
fn every_id_of_the_seeds_is_refused_or_printed_as_it_was() {
    replay("fuzz/seeds/ids", fuzz::ids);
}

#[test]
fn every_push_of_the_seeds_is_refused_without_the_token_and_the_same_on_both_frameworks() {
    replay("fuzz/seeds/push", fuzz::push);
}

#[test]
fn every_text_of_the_seeds_is_a_cursor_that_a_hub_knows_after_one_answer() {
    replay("fuzz/seeds/cursors", fuzz::cursors);
}

#[test]
fn every_preference_of_the_seeds_is_in_the_range_or_the_default() {
    replay("fuzz/seeds/preferences", fuzz::preferences);
}

#[test]
fn every_tag_of_the_seeds_is_known_by_its_own_text() {
    replay("fuzz/seeds/tags", fuzz::tags);
}

#[test]
fn every_line_of_the_seeds_is_heard_or_a_gap_and_what_is_said_can_be_read() {
    replay("fuzz/seeds/relay", fuzz::relay);
}

/// Pieces of what clients send, and bytes.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let texts = [
        "wait",
        "=",
        "20",
        "respond-async",
        ",",
        ";",
        " ",
        "\"",
        "\\",
        "*",
        "W/",
        "x",
        "-",
        ".",
        "gzip",
        "br",
        "%",
        "%2D",
        "00000000000000ff",
        "00000000000000aa",
        "18446744073709551615",
        "0",
    ];
    let text = proptest::sample::select(texts.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let piece = prop_oneof![9 => text, 1 => vec(any::<u8>(), 1)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_cursor_that_a_hub_knows_after_one_answer(data in pieces()) {
        fuzz::cursors(&data);
    }

    #[test]
    fn any_line_is_heard_or_a_gap_and_what_is_said_can_be_read(data in vec(any::<u8>(), 0..256)) {
        fuzz::relay(&data);
    }

    #[test]
    fn any_preference_is_in_the_range_or_the_default(data in pieces()) {
        fuzz::preferences(&data);
    }

    #[test]
    fn any_tag_is_known_by_its_own_text(data in pieces()) {
        fuzz::tags(&data);
    }
}

fn replay(seeds: &str, target: fn(&[u8])) {
    let mut replayed = 0;
    for seed in fs::read_dir(Path::new(seeds)).unwrap() {
        let path = seed.unwrap().path();
        println!("{}", path.display());
        target(&fs::read(&path).unwrap());
        replayed += 1;
    }
    assert!(replayed > 10, "the seeds are not found");
}
