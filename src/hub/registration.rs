//! One waiter in the books of a hub.

use std::sync::Arc;
use std::task::{Poll, Waker};

use crate::clock::tick_at;
use crate::engine::{Ending, Fingerprint, Home, NEVER};
use crate::error::Error;
use crate::record::Record;

use super::shared::Shared;

/// A waiter's registration under all its keys. Dropping it takes it out of the books, wherever it
/// stands.
#[derive(Debug)]
pub(crate) struct Registration {
    hub: Arc<Shared>,
    keys: Keys,
    /// The waiter's slot, until it has been collected from there.
    home: Option<Home>,
    /// Its registrations under the second key and the following.
    links: Vec<Home>,
    /// It counts as suspended.
    counted: bool,
}

impl Registration {
    /// Registers a waiter for a pass that started when `start` notifies had been made.
    ///
    /// True if one of the keys may have been notified since then. In that case the handler has to
    /// look once more before it sleeps, with the registration standing: then it can be told
    /// exactly.
    pub(crate) fn new(hub: &Arc<Shared>, keys: Keys, start: u64) -> (Self, bool) {
        let (first, others) = match keys.as_slice() {
            [] => (None, &[][..]),
            [first, others @ ..] => (Some(*first), others),
        };
        let shard = first.map_or_else(|| hub.any_shard(), |key| hub.shard_of(key));
        let enrolled = hub.at(shard, |shard| shard.enroll(first, start));
        let home = Home {
            shard,
            waiter: enrolled.waiter,
        };
        let mut missed = enrolled.missed;

        let (hub, links) = (Arc::clone(hub), Vec::with_capacity(others.len()));
        let mut registration = Self {
            hub,
            keys: keys.clone(),
            home: Some(home),
            links,
            counted: false,
        };
        for &key in others {
            let shard = registration.hub.shard_of(key);
            let enrolled = registration
                .hub
                .at(shard, |shard| shard.link(key, start, home));
            registration.links.push(Home {
                shard,
                waiter: enrolled.waiter,
            });
            missed |= enrolled.missed;
        }
        (registration, missed)
    }

    pub(crate) fn is_for(&self, keys: &Keys) -> bool {
        self.keys == *keys
    }

    /// Puts the waiter to sleep until `deadline`, or says how its wait has ended already.
    ///
    /// It waits on behalf of a `request`, which then counts as suspended, or of nobody who counts.
    pub(crate) fn park(
        &mut self,
        waker: Waker,
        deadline: u64,
        request: Option<&Record>,
    ) -> Result<Option<Ending>, Error> {
        let Some(home) = self.home else {
            return Ok(Some(Ending::Resumed));
        };
        let now = tick_at(self.hub.now());
        // If it is not taken, it is dropped here, with the shard unlocked.
        let mut waker = Some(waker);
        let ended = self.hub.at(home.shard, |shard| {
            if self.hub.is_shut_down() {
                return Ok(Some(Ending::Closed));
            }
            if let Some(request) = request {
                if !request.wait_at(home) {
                    return Ok(Some(Ending::Resumed));
                }
                // While the shard is locked, so that whoever sees it counted finds it asleep. If it
                // is one too many, it is uncounted when it is dropped.
                self.counted = true;
                self.hub.admit()?;
            }
            Ok(shard.park(home.waiter, &mut waker, deadline, now))
        })?;
        if ended.is_none() && deadline != NEVER {
            self.hub.keep(deadline)?;
        }
        Ok(ended)
    }

    /// Takes the waiter out of its slot if its wait is over; otherwise makes sure that it is this
    /// waker that is woken.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Ending> {
        let Some(home) = self.home else {
            return Poll::Ready(Ending::Resumed);
        };
        let mut spare = None;
        loop {
            let look = self
                .hub
                .at(home.shard, |shard| match shard.collect(home.waiter) {
                    Some((ending, released)) => Look::Over(ending, released.waker),
                    None if shard.sleeps_with(home.waiter, waker) => Look::Asleep,
                    None => match spare.take() {
                        Some(waker) => Look::Replaced(shard.replace_waker(home.waiter, waker)),
                        None => Look::OtherWaker,
                    },
                });
            match look {
                Look::Over(ending, _waker) => {
                    self.home = None;
                    return Poll::Ready(ending);
                }
                Look::Asleep | Look::Replaced(_) => return Poll::Pending,
                // To clone a waker is to run foreign code, so the shard must be unlocked for it.
                Look::OtherWaker => spare = Some(waker.clone()),
            }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut wakers = Vec::new();
        let mut chosen = None;
        if let Some(home) = self.home {
            let released = self.hub.at(home.shard, |shard| shard.release(home.waiter));
            wakers.extend(released.waker);
            chosen = released.chosen;
        }
        for link in &self.links {
            let released = self.hub.at(link.shard, |shard| shard.release(link.waiter));
            wakers.extend(released.waker);
        }
        if self.counted {
            self.hub.let_go();
        }
        // It was meant for one, and this one has not made anything of it.
        if let Some(key) = chosen {
            self.hub.pass_on(key);
        }
    }
}

/// What a poll found in the waiter's slot. The wakers are dropped when the shard is unlocked again.
enum Look {
    Over(Ending, Option<Waker>),
    Asleep,
    OtherWaker,
    Replaced(#[expect(dead_code, reason = "to be dropped")] Option<Waker>),
}

/// The keys that one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keys {
    None,
    One(Fingerprint),
    Many(Arc<[Fingerprint]>),
    /// More than anybody may wait for: nobody has looked at which.
    TooMany,
}

impl Keys {
    /// Takes each key once, but counts it as often as it is given.
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

    pub(crate) fn as_slice(&self) -> &[Fingerprint] {
        match self {
            Self::None | Self::TooMany => &[],
            Self::One(key) => std::slice::from_ref(key),
            Self::Many(keys) => keys,
        }
    }
}
