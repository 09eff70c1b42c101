//! From keys to fingerprints, and the secrets for it.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use siphasher::sip128::{Hasher128, SipHasher13, SipHasher24};

/// The secret of a hub's hashes. It differs between hubs and between runs. So a client that chooses keys cannot
/// choose keys that collide.
#[derive(Clone)]
pub(crate) struct Secret {
    keys: [u64; 2],
    ids: [u64; 2],
}

impl Secret {
    pub(crate) fn random() -> Self {
        Self {
            keys: [random(), random()],
            ids: [random(), random()],
        }
    }

    /// The fingerprint of a key: SipHash-1-3 to 128 bits. With a million keys, two of them collide in one of 10²⁷
    /// hubs.
    pub(crate) fn fingerprint<Q: Hash + ?Sized>(&self, key: &Q) -> u128 {
        let mut hasher = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        key.hash(&mut hasher);
        hasher.finish128().into()
    }

    /// The id for a number: SipHash-2-4 to 128 bits. An id does not reveal the next one.
    pub(crate) fn id(&self, number: u64) -> u128 {
        let mut hasher = SipHasher24::new_with_keys(self.ids[0], self.ids[1]);
        hasher.write_u64(number);
        hasher.finish128().into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The hash of an actor, the same for all hubs of this process: SipHash-1-3 to 64 bits. A client cannot choose an actor
/// with the hash of another.
pub(crate) fn of_actor<A: Hash + ?Sized>(actor: &A) -> u64 {
    static SECRET: OnceLock<[u64; 2]> = OnceLock::new();
    let [one, two] = SECRET.get_or_init(|| [random(), random()]);
    let mut hasher = SipHasher13::new_with_keys(*one, *two);
    actor.hash(&mut hasher);
    hasher.finish()
}

/// The hash of a token under a secret: SipHash-2-4 to 128 bits.
pub(crate) fn of_token(secret: [u64; 2], token: &[u8]) -> u128 {
    let mut hasher = SipHasher24::new_with_keys(secret[0], secret[1]);
    hasher.write(token);
    hasher.finish128().into()
}

/// The hash of a content, the same in every process: SipHash-2-4 to 128 bits, without a secret.
pub(crate) fn of_content(content: &[u8]) -> u128 {
    SipHasher24::new().hash(content).into()
}

/// A number that looks random, and is always the same for the same seed and number.
pub(crate) fn hash_of_number(seed: u64, number: u64) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(seed, 0);
    hasher.write_u64(number);
    hasher.finish128().h1
}

/// An unpredictable number. It comes from std's hash maps, which take their keys from the randomness of the operating
/// system.
#[cfg(not(loom))]
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().build_hasher().finish()
}

/// A model must run the same way each time.
#[cfg(loom)]
pub(crate) fn random() -> u64 {
    0x5ca1_ab1e
}
