//! A map behind several locks.

use std::collections::HashMap;
use std::hash::Hash;

use crate::sync::Mutex;

/// A hash map in parts, so that threads with different keys seldom want the same lock. It returns memory when it
/// empties.
#[derive(Debug)]
pub(super) struct Sharded<K, V, const LEVEL: u8> {
    parts: [Mutex<HashMap<K, V>, LEVEL>; PARTS],
}

impl<K: Eq + Hash, V, const LEVEL: u8> Sharded<K, V, LEVEL> {
    /// Calls `act` with the part for keys with this hash. `act` must not run foreign code.
    pub(super) fn with<R>(&self, hash: u64, act: impl FnOnce(&mut HashMap<K, V>) -> R) -> R {
        let mut part = self.parts[hash as usize % PARTS].lock();
        let result = act(&mut part);
        if part.len() < part.capacity() / 4 {
            part.shrink_to_fit();
        }
        result
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.lock().is_empty())
    }
}

impl<K, V, const LEVEL: u8> Default for Sharded<K, V, LEVEL> {
    fn default() -> Self {
        Self {
            parts: [(); PARTS].map(|()| Mutex::new(HashMap::new())),
        }
    }
}

const PARTS: usize = if cfg!(loom) { 1 } else { 16 };
