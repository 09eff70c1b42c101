//! What the engine knows of a key.

/// The 128-bit hash of a key under the hub's secret. It *is* the key: the engine knows no other.
///
/// Each purpose gets 32 bits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint {
    low: u64,
    high: u64,
}

impl Fingerprint {
    pub(crate) const fn new(hash: u128) -> Self {
        Self {
            low: hash as u64,
            high: (hash >> 64) as u64,
        }
    }

    /// Bits by which a hub chooses among its shards.
    pub(crate) fn shard(self) -> u32 {
        (self.high >> 32) as u32
    }

    /// Bits by which a table finds the key, and grows.
    pub(super) fn tag(self) -> u32 {
        self.low as u32
    }

    /// Half of it, for what may take one key for another now and then.
    pub(crate) fn half(self) -> u64 {
        self.low
    }

    /// Bits by which each row of stripes finds the key's own.
    pub(super) fn stripes(self) -> [u32; 2] {
        [(self.low >> 32) as u32, self.high as u32]
    }
}
