//! Replays the seeds of the fuzzer. `.ci/fuzz` looks for more.

use std::fs;
use std::path::Path;

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
