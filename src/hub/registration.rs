//! One waiter in the books of a hub.

use std::sync::Arc;
use std::task::{Poll, Waker};

use crate::clock::tick_at;
use crate::engine::{Ending, Enrolled, Entry, Fingerprint, Home, NEVER, Parcel, Released, Shard};
use crate::error::Error;
use crate::record::Record;
use crate::telemetry::Happening;

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
    pub(crate) fn new(
        hub: &Arc<Shared>,
        keys: Keys,
        entry: Entry,
        number: u64,
    ) -> Result<(Self, bool), Error> {
        let (first, others) = match keys.as_slice() {
            [] => (None, &[][..]),
            [first, others @ ..] => (Some(*first), others),
        };
        let shard = first.map_or_else(|| hub.shard_for(number), |key| hub.shard_of(key));
        let enroll = || {
            let enrolled = hub.with_shard(shard, |shard| shard.enroll(first, entry));
            enrolled.ok_or_else(|| hub.key_full())
        };
        let Enrolled { mut waiter, missed } = enroll()?;
        if cfg!(mutant = "register-after-comparing") {
            _ = hub.with_shard(shard, |shard| shard.release(waiter));
            waiter = enroll()?.waiter;
        }
        let home = Home { shard, waiter };
        let mut registration = Self {
            hub: Arc::clone(hub),
            keys: keys.clone(),
            priority: entry.priority,
            home: Some(home),
            links: Vec::with_capacity(others.len()),
            counted: false,
        };
        let mut missed = missed || first.is_some() && hub.all_notified_since(entry.start);
        for &key in others {
            missed |= registration.link(key, entry, home)?;
        }
        Ok((registration, missed))
    }

    fn link(&mut self, key: Fingerprint, entry: Entry, home: Home) -> Result<bool, Error> {
        let shard = self.hub.shard_of(key);
        let link = |shard: &mut Shard| shard.link(key, entry, home);
        let linked = self.hub.with_shard(shard, link);
        let Enrolled { waiter, missed } = linked.ok_or_else(|| self.hub.key_full())?;
        self.links.push(Home { shard, waiter });
        Ok(missed)
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
            // While the shard is locked as well: a clock that is moved at this moment has either found
            // the waiter, or is seen here.
            let now = tick_at(early.unwrap_or_else(|| self.hub.now()));
            if let Some(ending) = shard.over(home.waiter, deadline, now) {
                return Ok(Some(ending));
            }
            if let Some(request) = request {
                if !request.wait_at(home)? {
                    return Ok(Some(Ending::Resumed));
                }
                // While the shard is locked, so that whoever sees it counted finds it asleep.
                self.hub.occupancy.sleep();
                self.counted = true;
            }
            if let Some(waker) = waker.take() {
                shard.park(home.waiter, waker, deadline, now, request.is_some());
            }
            Ok(None)
        })?;
        if self.counted {
            self.hub.telemetry.tell(0, Happening::Sleep);
        }
        if ended.is_some() || deadline == NEVER {
            return Ok(ended);
        }
        let kept = self.hub.keep(deadline);
        kept.map_or_else(|error| self.give_up(error), |()| Ok(None))
    }

    /// The wait cannot last, for this reason; but somebody may have ended it meanwhile, and has been
    /// told so.
    pub(crate) fn give_up(&self, error: Error) -> Result<Option<Ending>, Error> {
        let home = self.home.ok_or_else(|| error.clone())?;
        let ending = |shard: &mut Shard| shard.ending(home.waiter);
        let ended = self.hub.with_shard(home.shard, ending);
        ended.map(Some).ok_or(error)
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

    /// Takes the waiter out of the books, and returns what was meant for it and for nobody else.
    pub(crate) fn dissolve(&mut self) -> Option<Token> {
        let home = self.home.take().map(|home| self.release(home));
        // A link leaves no waker and is not chosen; a parcel it may have.
        let mut links = Vec::new();
        for link in std::mem::take(&mut self.links) {
            links.push(self.release(link));
        }
        let chosen = home.as_ref().and_then(|released| released.chosen);
        let token = chosen.map(|key| Token::new(&self.hub, key));
        let caught = match std::mem::take(&mut self.counted) {
            true => {
                self.hub.telemetry.tell(0, Happening::Rise);
                self.hub.occupancy.rise()
            }
            false => Caught::default(),
        };
        // Last, for wakers and parcels may do anything when they are dropped.
        drop((home, links));
        caught.resume();
        token
    }

    fn release(&self, place: Home) -> Released {
        self.hub
            .with_shard(place.shard, |shard| shard.release(place.waiter))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        drop(self.dissolve());
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
