//! A map with a limited number of entries.

use std::hash::{BuildHasherDefault, Hash, Hasher};

use hashbrown::HashMap;

/// Two generations of entries. A new entry goes to the young generation, and so does an old entry that is changed.
/// When the young generation is full, the old one is dropped and the young one becomes the old one.
///
/// So the map always has the latest entries: at least as many as a generation holds, and at most twice as many. It
/// needs no list and no clock.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: Map<K, V>,
    old: Map<K, V>,
    most: usize,
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<Prehashed>>;

impl<K: Copy + Eq + Hash, V> Generations<K, V> {
    /// `most`: the number of entries in a generation.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            young: Map::default(),
            old: Map::default(),
            most: most.max(1),
        }
    }

    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    /// An entry of the young generation.
    pub(crate) fn get_young(&mut self, key: K) -> Option<&mut V> {
        self.young.get_mut(&key)
    }

    /// Removes and returns an entry of the old generation.
    pub(crate) fn take_old(&mut self, key: K) -> Option<V> {
        self.old.remove(&key)
    }

    /// Adds an entry to the young generation. Returns the old generation if it was dropped to make room.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<Dropped<K, V>> {
        let dropped = (self.young.len() >= self.most).then(|| {
            let young = std::mem::take(&mut self.young);
            Dropped(std::mem::replace(&mut self.old, young))
        });
        self.young.insert(key, value);
        dropped
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

/// The oldest entries. The caller drops them where foreign code may run.
#[derive(Debug)]
#[must_use = "drop its entries after unlocking"]
pub(crate) struct Dropped<K, V>(#[expect(dead_code, reason = "it is only dropped")] Map<K, V>);

/// A hasher for a key that is a hash already: its hash is its last 64 bits.
#[derive(Debug, Default)]
pub(crate) struct Prehashed(u64);

impl Hasher for Prehashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut last = [0; 8];
        let end = bytes.len().min(8);
        last[..end].copy_from_slice(&bytes[bytes.len() - end..]);
        self.0 = u64::from_ne_bytes(last);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_entries_are_there_and_never_more_than_two_generations() {
        let mut map = Generations::new(3);
        for key in 0..100_u64 {
            let _ = map.insert(key, key);
            let last = key.saturating_sub(2)..=key;
            assert!(
                last.clone().all(|key| map.get(key) == Some(&key)),
                "{last:?}"
            );
            assert!(map.len() <= 6);
        }
        assert_eq!(map.get(50), None);
    }

    #[test]
    fn an_old_entry_that_is_changed_is_young_again() {
        let mut map = Generations::new(2);
        for key in [1, 2, 3] {
            let _ = map.insert(key, key);
        }
        let one = map.take_old(1_u64).unwrap();
        let _ = map.insert(1, one + 10);
        let _ = map.insert(4, 4);
        assert_eq!((map.get(1), map.get(2)), (Some(&11), None));
    }
}
