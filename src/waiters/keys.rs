//! The keys that a request waits for.

use std::sync::Arc;

use crate::engine::Fingerprint;

/// The keys of one wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    #[default]
    None,
    One(Fingerprint),
    Many(Arc<[Fingerprint]>),
    /// The keys, with texts that are kept for debugging.
    Named(Arc<NamedKeys>),
    /// More keys than the limit allows. The rest were not read.
    TooMany,
}

impl Keys {
    /// Keeps each key once. A key that is given twice counts twice towards the limit.
    pub(crate) fn collect(keys: impl Iterator<Item = Fingerprint>, limit: usize) -> Self {
        let mut keys: Vec<_> = keys.take(limit.saturating_add(1)).collect();
        if keys.len() > limit {
            return Self::TooMany;
        }
        keys.sort_unstable();
        keys.dedup();
        match keys[..] {
            [] => Self::None,
            [key] => Self::One(key),
            _ => Self::Many(keys.into()),
        }
    }

    /// The keys of both.
    pub(crate) fn unite(self, other: Self, limit: usize) -> Self {
        match (&self, &other) {
            (Self::TooMany, _) | (_, Self::None) => return self,
            (_, Self::TooMany) | (Self::None, _) => return other,
            _ => {}
        }
        let both = self.as_slice().iter().chain(other.as_slice()).copied();
        let keys = Self::collect(both, limit);
        match keys {
            Self::TooMany => keys,
            _ if self.names().is_empty() => keys,
            _ => {
                let names = self.names().iter().chain(other.names());
                Self::Named(Arc::new(NamedKeys::new(&keys, names.cloned().collect())))
            }
        }
    }

    fn names(&self) -> &[(Fingerprint, String)] {
        match self {
            Self::Named(keys) => &keys.names,
            _ => &[],
        }
    }

    pub(crate) fn as_slice(&self) -> &[Fingerprint] {
        match self {
            Self::None | Self::TooMany => &[],
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
            Self::Named(keys) => &keys.fingerprints,
        }
    }
}

/// Keys, with texts that show what they consist of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedKeys {
    fingerprints: Box<[Fingerprint]>,
    pub(crate) names: Vec<(Fingerprint, String)>,
}

impl NamedKeys {
    /// Adds texts to keys that have been [collected](Keys::collect).
    pub(crate) fn new(keys: &Keys, names: Vec<(Fingerprint, String)>) -> Self {
        Self {
            fingerprints: keys.as_slice().into(),
            names,
        }
    }
}
