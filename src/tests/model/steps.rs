//! Random steps: calls of a hub, one after another.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) type Key = u8;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Arrive(Script),
    /// `anew`: with a new waker.
    Poll {
        which: usize,
        anew: bool,
    },
    Drop {
        which: usize,
    },
    Tell(Telling),
    /// `named`: by its id.
    Wake {
        which: usize,
        wake: Wake,
        named: bool,
    },
    SetTimeout {
        which: usize,
        to: u64,
    },
    Advance {
        by: u64,
    },
    /// Calls everything on a handle of a request that has ended.
    Disturb {
        which: usize,
    },
    Shutdown,
}

/// A notify.
#[derive(Debug, Clone, Copy)]
pub(super) enum Telling {
    All(Key, Option<u8>),
    One(Key),
    /// Of all keys.
    Everyone,
}

impl Telling {
    /// Whether the notify concerns a waiter for these keys.
    pub(super) fn concerns(self, keys: &BTreeSet<Key>) -> bool {
        match self {
            Self::All(key, _) | Self::One(key) => keys.contains(&key),
            Self::Everyone => !keys.is_empty(),
        }
    }
}

/// A call on a handle that ends a wait.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wake {
    Resume(Option<u8>),
    Complete,
}

/// What a request's handler does: a turn for each pass. After the last turn, it answers.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) turns: Vec<Turn>,
    /// How long the request may be held in all.
    pub(super) hold: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// The notifies that it makes.
    pub(super) tells: Option<Telling>,
    /// The wake of the request itself while the handler runs.
    pub(super) wake: Option<Wake>,
    /// It suspends if this is set, and answers otherwise.
    pub(super) asks: Option<Ask>,
}

/// A suspension.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) keys: Vec<Key>,
    /// In milliseconds, like all times here.
    pub(super) timeout: u64,
    pub(super) from_now: bool,
    pub(super) priority: u8,
    /// There is a response for the expiry.
    pub(super) or_responds: bool,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let which = any::<usize>;
    prop_oneof![
        300 => script().prop_map(Step::Arrive),
        200 => (which(), weighted_bool(0.3)).prop_map(|(which, anew)| Step::Poll { which, anew }),
        60 => which().prop_map(|which| Step::Drop { which }),
        200 => telling().prop_map(Step::Tell),
        100 => (which(), wake(), any::<bool>())
            .prop_map(|(which, wake, named)| Step::Wake { which, wake, named }),
        150 => (which(), span()).prop_map(|(which, to)| Step::SetTimeout { which, to }),
        60 => near().prop_map(|by| Step::Advance { by }),
        5 => span().prop_map(|by| Step::Advance { by: by.min(1 << 37) }),
        30 => which().prop_map(|which| Step::Disturb { which }),
        2 => Just(Step::Shutdown),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let turns = vec(turn(), 0..6);
    (turns, weighted(0.2, span())).prop_map(|(turns, hold)| Script { turns, hold })
}

fn turn() -> impl Strategy<Value = Turn> {
    let turn = (
        weighted(0.4, telling()),
        weighted(0.15, wake()),
        weighted(0.9, ask()),
    );
    turn.prop_map(|(tells, wake, asks)| Turn { tells, wake, asks })
}

/// Two handlers often wait for the same key.
fn ask() -> impl Strategy<Value = Ask> {
    let keys = prop_oneof![
        4 => select(vec![vec![], vec![0], vec![0, 1], vec![0, 1, 2]]),
        1 => vec(key(), 0..5),
    ];
    let priority = prop_oneof![4 => Just(0), 1 => 1..4_u8];
    let ask = (
        keys,
        span(),
        weighted_bool(0.3),
        priority,
        weighted_bool(0.1),
    );
    ask.prop_map(|(keys, timeout, from_now, priority, or_responds)| Ask {
        keys,
        timeout,
        from_now,
        priority,
        or_responds,
    })
}

fn telling() -> impl Strategy<Value = Telling> {
    prop_oneof![
        5 => (key(), any::<Option<u8>>()).prop_map(|(key, value)| Telling::All(key, value)),
        5 => key().prop_map(Telling::One),
        1 => Just(Telling::Everyone),
    ]
}

fn wake() -> impl Strategy<Value = Wake> {
    prop_oneof![
        2 => any::<Option<u8>>().prop_map(Wake::Resume),
        1 => Just(Wake::Complete),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![2 => 0..2_u8, 1 => 2..5_u8]
}

/// A time at the edges of the wheel's lower levels, or between them.
fn near() -> impl Strategy<Value = u64> {
    prop_oneof![
        select(vec![0, 1, 2, 63, 64, 65, 4095, 4096, 4097]),
        0..200_u64,
    ]
}

/// Any time, including an endless one.
fn span() -> impl Strategy<Value = u64> {
    let edge = 1 << 36;
    let horizon = 1 << 42;
    let far = select(vec![
        edge - 1,
        edge,
        edge + 1,
        horizon - 1,
        horizon,
        u64::MAX,
    ]);
    prop_oneof![2 => near(), 1 => far]
}

fn weighted_bool(probability: f64) -> impl Strategy<Value = bool> {
    proptest::bool::weighted(probability)
}
