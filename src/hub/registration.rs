//! One waiter in the books of a hub.

use std::sync::Arc;
use std::task::{Poll, Waker};

use crate::clock::tick_at;
use crate::engine::{Ending, Entry, Fingerprint, Home, NEVER, Parcel, Released, Shard};
use crate::error::Error;
use crate::record::Record;

use super::shared::Shared;
use super::token::Token;
use super::wake::Caught;

/// A waiter's registration under all its keys. Dropping it takes it out of the books, wherever it
/// stands.
#[derive(Debug)]
pub(crate) struct Registration {
    hub: Arc<Shared>,
    keys: Keys,
    priority: u8,
    /// The waiter's slot, until it has been collected from there.
    home: Option<Home>,
    /// Its registrations under the second key and the following.
    links: Vec<Home>,
    /// It counts as suspended.
    counted: bool,
}

impl Registration {
    /// Registers a waiter under its keys. `number` is the waiter's own, and only serves to spread
    /// those who wait for no key.
    ///
    /// True if one of the keys may have been notified since then. In that case the handler has to
    /// look once more before it sleeps, with the registration standing: then it can be told exactly.
    pub(crate) fn new(hub: &Arc<Shared>, keys: Keys, entry: Entry, number: u64) -> (Self, bool) {
        let (first, others) = match keys.as_slice() {
            [] => (None, &[][..]),
            [first, others @ ..] => (Some(*first), others),
        };
        let shard = first.map_or_else(|| hub.shard_for(number), |key| hub.shard_of(key));
        let enroll = || hub.with_shard(shard, |shard| shard.enroll(first, entry));
        let mut enrolled = enroll();
        if cfg!(mutant = "register-after-comparing") {
            _ = hub.with_shard(shard, |shard| shard.release(enrolled.waiter));
            enrolled.waiter = enroll().waiter;
        }
        let waiter = enrolled.waiter;
        let home = Home { shard, waiter };
        let mut registration = Self {
            hub: Arc::clone(hub),
            keys: keys.clone(),
            priority: entry.priority,
            home: Some(home),
            links: Vec::with_capacity(others.len()),
            counted: false,
        };
        let mut missed = enrolled.missed;
        for &key in others {
            missed |= registration.link(key, entry, home);
        }
        (registration, missed)
    }

    fn link(&mut self, key: Fingerprint, entry: Entry, home: Home) -> bool {
        let shard = self.hub.shard_of(key);
        let link = |shard: &mut Shard| shard.link(key, entry, home);
        let enrolled = self.hub.with_shard(shard, link);
        let waiter = enrolled.waiter;
        self.links.push(Home { shard, waiter });
        enrolled.missed
    }

    pub(crate) fn is_for(&self, keys: &Keys, priority: u8) -> bool {
        self.keys == *keys && self.priority == priority
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
        let early = cfg!(mutant = "read-the-clock-before-locking").then(|| self.hub.now());
        // If it is not taken, it is dropped here, with the shard unlocked.
        let mut waker = Some(waker);
        let ended = self.hub.with_shard(home.shard, |shard| {
            if self.hub.is_shut_down() && !cfg!(mutant = "park-although-shut-down") {
                return Ok(Some(Ending::Closed));
            }
            if let Some(request) = request {
                if !request.wait_at(home) {
                    return Ok(Some(Ending::Resumed));
                }
                // While the shard is locked, so that whoever sees it counted finds it asleep.
                self.hub.occupancy.admit(self.hub.limits.suspended)?;
                self.counted = true;
            }
            // While the shard is locked as well: a clock that is moved at this moment has either found
            // the waiter, or is seen here.
            let now = tick_at(early.unwrap_or_else(|| self.hub.now()));
            let counts = request.is_some();
            Ok(shard.park(home.waiter, &mut waker, deadline, now, counts))
        })?;
        if ended.is_some() || deadline == NEVER {
            return Ok(ended);
        }
        self.hub.keep(deadline).map(|()| None).or_else(|error| {
            // Somebody may have ended the wait meanwhile, and has been told so.
            let ended = self
                .hub
                .with_shard(home.shard, |shard| shard.ending(home.waiter));
            ended.map(Some).ok_or(error)
        })
    }

    /// Takes the waiter out of its slot if its wait is over.
    pub(crate) fn collect(&mut self) -> Option<Collected> {
        let home = self.home?;
        let (ending, released) = self
            .hub
            .with_shard(home.shard, |shard| shard.collect(home.waiter))?;
        Some(self.collected(ending, released))
    }

    /// Takes the waiter out of its slot if its wait is over; otherwise makes sure that it is this
    /// waker that is woken.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Collected> {
        let Some(home) = self.home else {
            return Poll::Ready(Collected::resumed());
        };
        let mut spare = None;
        loop {
            let look = self.hub.with_shard(home.shard, |shard| {
                let ended = match spare {
                    Some(_) if cfg!(mutant = "replace-without-looking") => None,
                    _ => shard.collect(home.waiter),
                };
                if let Some((ending, released)) = ended {
                    return Look::Over(ending, released);
                }
                match spare.take() {
                    _ if shard.sleeps_with(home.waiter, waker) => Look::Asleep,
                    Some(waker) => Look::Replaced(shard.replace_waker(home.waiter, waker)),
                    None => Look::OtherWaker,
                }
            });
            // Wakers are dropped and cloned here, where nothing is locked.
            match look {
                Look::Over(ending, released) => {
                    return Poll::Ready(self.collected(ending, released));
                }
                Look::Asleep => return Poll::Pending,
                Look::Replaced(former) => {
                    drop(former);
                    return Poll::Pending;
                }
                Look::OtherWaker => spare = Some(waker.clone()),
            }
        }
    }

    fn collected(&mut self, ending: Ending, released: Released) -> Collected {
        self.home = None;
        drop(released.waker);
        Collected {
            ending,
            token: released.chosen.map(|key| Token::new(&self.hub, key)),
            parcel: released.parcel,
        }
    }

    fn release(&self, place: Home) -> Released {
        self.hub
            .with_shard(place.shard, |shard| shard.release(place.waiter))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let home = self.home.take().map(|home| self.release(home));
        // A link leaves no waker and is not chosen; a parcel it may have.
        let mut links = Vec::new();
        for link in std::mem::take(&mut self.links) {
            links.push(self.release(link));
        }
        // It was meant for one, and this one has not made anything of it.
        let chosen = home.as_ref().and_then(|released| released.chosen);
        let mut caught = chosen.map_or_else(Caught::default, |key| self.hub.pass_on(key));
        if self.counted {
            caught.keep(self.hub.occupancy.let_go());
        }
        // Last, for wakers and parcels may do anything when they are dropped.
        drop((home, links));
        caught.resume();
    }
}

/// What became of a waiter that slept.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) ending: Ending,
    pub(crate) token: Option<Token>,
    pub(crate) parcel: Option<Parcel>,
}

impl Collected {
    fn resumed() -> Self {
        Self {
            ending: Ending::Resumed,
            token: None,
            parcel: None,
        }
    }
}

/// What a poll found in the waiter's slot.
enum Look {
    Over(Ending, Released),
    Asleep,
    OtherWaker,
    Replaced(Option<Waker>),
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
