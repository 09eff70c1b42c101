//! What happens to a hub, one thing after another, at random.

use std::collections::BTreeSet;

use proptest::collection::btree_set;
use proptest::prelude::*;

pub(super) type Key = u8;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Arrive(Script),
    Poll { which: usize },
    Drop { which: usize },
    Notify { key: Key },
    NotifyOne { key: Key },
    Resume { which: usize },
    Complete { which: usize },
    SetTimeout { which: usize, to: u64 },
    Advance { by: u64 },
    Shutdown,
}

/// What a request's handler does.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) keys: BTreeSet<Key>,
    /// In milliseconds.
    pub(super) timeout: u64,
    /// In how many passes it suspends before it answers.
    pub(super) suspensions: u32,
    /// What it notifies in its first pass.
    pub(super) notifies: Option<Key>,
    pub(super) priority: u8,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let key = || 0..4_u8;
    let which = any::<usize>;
    let timeout = prop_oneof![Just(0), Just(1), 2..200_u64, Just(u64::MAX)];
    let script = (
        btree_set(key(), 0..4),
        timeout,
        0..4_u32,
        proptest::option::weighted(0.3, key()),
        prop_oneof![3 => Just(0), 1 => 1..4_u8],
    );
    let script = script.prop_map(|(keys, timeout, suspensions, notifies, priority)| Script {
        keys,
        timeout,
        suspensions,
        notifies,
        priority,
    });
    prop_oneof![
        6 => script.prop_map(Step::Arrive),
        6 => which().prop_map(|which| Step::Poll { which }),
        3 => which().prop_map(|which| Step::Drop { which }),
        3 => key().prop_map(|key| Step::Notify { key }),
        4 => key().prop_map(|key| Step::NotifyOne { key }),
        2 => which().prop_map(|which| Step::Resume { which }),
        1 => which().prop_map(|which| Step::Complete { which }),
        2 => (which(), 0..200_u64).prop_map(|(which, to)| Step::SetTimeout { which, to }),
        2 => (0..100_u64).prop_map(|by| Step::Advance { by }),
        1 => Just(Step::Shutdown),
    ]
}
