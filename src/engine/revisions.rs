//! The latest change of each key, and its actor.

use crate::generations::Generations;

use super::fingerprint::Fingerprint;

/// The hash of what makes changes, or no actor at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Actor(u64);

impl Default for Actor {
    fn default() -> Self {
        Self::NOBODY
    }
}

impl Actor {
    /// Makes a change that all cursors see.
    pub(crate) const NOBODY: Self = Self(0);

    pub(crate) fn new(hash: u64) -> Self {
        Self(hash.max(1))
    }
}

/// A change of a key: the number of its notify, and the actor that made it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) number: u64,
    pub(crate) by: Actor,
}

/// The revisions of the keys of one shard. They are exact for the keys that have changed last. For all others they
/// are never too old.
///
/// A key that is forgotten counts as changed at the `floor`, and no forgotten change is above that. So a reader may
/// check once without need, but never too late. Each shard has a floor, and keys of other shards do not raise it.
#[derive(Debug)]
pub(super) struct Revisions {
    /// By half of a fingerprint. If two keys share it, a change of one also counts as a change of the other.
    keys: Generations<u64, Revision>,
    floor: u64,
    /// The latest number in the young generation, and in the old one.
    latest: u64,
    latest_of_old: u64,
}

/// The latest change of a key, and the latest by another actor.
#[derive(Debug, Clone, Copy)]
struct Revision {
    latest: u64,
    by: Actor,
    by_another: u64,
}

impl Revisions {
    /// Changes up to the `floor` are unknown. At least `most` keys are remembered.
    pub(super) fn new(most: usize, floor: u64) -> Self {
        Self {
            keys: Generations::new(most),
            floor,
            latest: floor,
            latest_of_old: floor,
        }
    }

    /// Records a change. The numbers of changes come in order.
    pub(super) fn record(&mut self, key: Fingerprint, change: Change) {
        debug_assert!(change.number > self.latest);
        if let Some(revision) = self.keys.get_young(key.half()) {
            revision.record(change);
        } else {
            self.record_in_young(key.half(), change);
        }
        self.latest = change.number;
    }

    fn record_in_young(&mut self, key: u64, change: Change) {
        let known = self.keys.take_old(key);
        let mut revision = known.unwrap_or_else(|| Revision::unknown(self.floor));
        revision.record(change);
        if self.keys.insert(key, revision).is_some() {
            self.floor = self.latest_of_old;
            self.latest_of_old = self.latest;
        }
    }

    /// The number of the latest change of a key that is not by this actor, or a later number.
    pub(super) fn latest(&self, key: Fingerprint, except: Actor) -> u64 {
        let revision = self.keys.get(key.half());
        revision.map_or(self.floor, |revision| revision.except(except))
    }
}

impl Revision {
    fn unknown(floor: u64) -> Self {
        Self {
            latest: floor,
            by: Actor::NOBODY,
            by_another: floor,
        }
    }

    fn record(&mut self, change: Change) {
        if change.by != self.by || change.by == Actor::NOBODY {
            self.by_another = self.latest;
            self.by = change.by;
        }
        self.latest = change.number;
    }

    fn except(&self, actor: Actor) -> u64 {
        match actor == self.by && actor != Actor::NOBODY {
            true => self.by_another,
            false => self.latest,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Change {
            key: u8,
            by: u8,
        },
        Look {
            reader: usize,
            keys: Vec<u8>,
            except: u8,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..12_u8, 0..4_u8).prop_map(|(key, by)| Step::Change { key, by }),
            (0..3_usize, vec(0..12_u8, 1..4), 0..4_u8).prop_map(|(reader, keys, except)| {
                Step::Look {
                    reader,
                    keys,
                    except,
                }
            }),
        ]
    }

    fn fingerprint(key: u8) -> Fingerprint {
        Fingerprint::new(key.into())
    }

    fn actor(actor: u8) -> Actor {
        match actor {
            0 => Actor::NOBODY,
            hash => Actor::new(hash.into()),
        }
    }

    proptest! {
        /// Against a list of all changes.
        #[test]
        fn a_change_by_another_is_always_seen_and_nothing_else_while_nothing_is_forgotten(
            most in prop_oneof![1..8_usize, Just(100)],
            floor in 0..1000_u64,
            steps in vec(step(), 0..120),
        ) {
            let mut revisions = Revisions::new(most, floor);
            let mut changes: Vec<(u8, u8)> = Vec::new();
            let mut seen = [floor; 3];
            for step in steps {
                match step {
                    Step::Change { key, by } => {
                        changes.push((key, by));
                        let change = Change { number: floor + changes.len() as u64, by: actor(by) };
                        revisions.record(fingerprint(key), change);
                    }
                    Step::Look { reader, keys, except } => {
                        let latest = |key: &u8| revisions.latest(fingerprint(*key), actor(except));
                        let told = keys.iter().any(|key| latest(key) > seen[reader]);
                        let since = (seen[reader] - floor) as usize;
                        let is_news = |(key, by): &(u8, u8)| keys.contains(key) && (*by == 0 || *by != except);
                        let truth = changes[since..].iter().any(is_news);
                        prop_assert!(told || !truth, "a change was missed");
                        prop_assert!(truth || !told || most < 100, "there was none");
                        seen[reader] = floor + changes.len() as u64;
                    }
                }
            }
            prop_assert!(revisions.keys.len() <= 2 * most);
        }
    }

    #[test]
    fn a_revision_is_small() {
        assert_eq!(size_of::<(u64, Revision)>(), 32);
    }
}
