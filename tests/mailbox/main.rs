//! What a mailbox keeps, what it tells of what it does not keep, and polls that read from it, on every framework.

mod age;
mod chat;
mod crowd;
mod forget;
mod gaps;
mod keys;
mod model;
mod numbers;
mod once;
mod polls;
mod text;

use std::time::Duration;

use dacapo::mailbox::{Batch, Read};

const HOLD: Duration = Duration::from_secs(30);

/// The batch of a read that must not be a gap.
#[track_caller]
fn batch<T: std::fmt::Debug>(read: Read<T>) -> Batch<T> {
    match read {
        Read::Batch(batch) => batch,
        Read::Gap(kept) => panic!("a gap, with {kept:?}"),
    }
}

/// What is kept behind a gap.
#[track_caller]
fn gap<T: std::fmt::Debug>(read: Read<T>) -> Batch<T> {
    match read {
        Read::Gap(kept) => kept,
        Read::Batch(batch) => panic!("no gap, but {batch:?}"),
    }
}

fn values<T: Copy>(batch: &Batch<T>) -> Vec<T> {
    batch.items.iter().map(|item| **item).collect()
}
