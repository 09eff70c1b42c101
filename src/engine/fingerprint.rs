//! How the engine sees a key.

/// The 128-bit hash of a key under the hub's secret. The engine never sees the key itself, so this *is* the key.
///
/// Each use takes different bits, 32 of them.
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

    /// The bits that select a shard of the hub.
    pub(crate) fn shard(self) -> u32 {
        (self.high >> 32) as u32
    }

    /// The bits that place the key in a table, also when the table grows.
    pub(super) fn tag(self) -> u32 {
        self.low as u32
    }

    /// Half of the fingerprint, for uses where a rare collision does no harm.
    pub(crate) fn half(self) -> u64 {
        self.low
    }

    /// The bits that select the key's stripe in each row.
    pub(super) fn stripes(self) -> [u32; 2] {
        [(self.low >> 32) as u32, self.high as u32]
    }
}
