//! The names of items that are pushed once.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasherDefault;
use std::time::Duration;

use crate::generations::Prehashed;

use super::limits::Limits;

/// The latest names under one key, as hashes. A name stays when its item is forgotten: a sender
/// that does not know whether it has been heard may come again after that.
#[derive(Debug, Default)]
pub(super) struct Once {
    order: VecDeque<u128>,
    /// When each came.
    seen: HashMap<u128, Duration, BuildHasherDefault<Prehashed>>,
}

impl Once {
    pub(super) fn has_seen(&self, name: u128, now: Duration, age: Duration) -> bool {
        let seen = self.seen.get(&name);
        seen.is_some_and(|at| now.saturating_sub(*at) < age)
    }

    /// Remembers a name that it has not seen, and forgets those that are too old or too many.
    pub(super) fn remember(&mut self, name: u128, now: Duration, limits: &Limits) {
        while let Some(first) = self.order.front().copied() {
            if self.order.len() < limits.len && self.has_seen(first, now, limits.age) {
                break;
            }
            self.order.pop_front();
            self.seen.remove(&first);
        }
        self.order.push_back(name);
        self.seen.insert(name, now);
    }
}
