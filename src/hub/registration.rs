//! One waiter in the books of a hub.

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::clock::tick_at;
use crate::engine::{Ending, Enrolled, Entry, Fingerprint, Home, NEVER, Parcel, Released, Shard};
use crate::error::Error;
use crate::record::Record;
use crate::telemetry::Happening;

use super::shared::{Shared, deadline};
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

/// How long somebody wants to sleep, and how to wake them.
#[derive(Debug)]
pub(crate) struct Sleep<'r> {
    pub(crate) waker: Waker,
    /// When the time is up, if ever.
    pub(crate) due: Option<Duration>,
    /// The request that is suspended by that, if it is one that counts.
    pub(crate) request: Option<&'r Record>,
}

/// What has come of a wait as it begins.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It lasts until this tick, or longer than the wheel can tell.
    Asleep(u64),
    /// One of the keys may have been notified since the pass began. The handler has to look once more
    /// before it sleeps, with the registration standing: then it can be told exactly.
    InDoubt,
    /// It was over already.
    Over(Ending),
}

impl Registration {
    /// Registers a waiter under its keys and lets it sleep. `number` is the waiter's own, and only serves
    /// to spread those who wait for no key.
    pub(crate) fn new(
        hub: &Arc<Shared>,
        keys: Keys,
        entry: Entry,
        number: u64,
        sleep: Sleep<'_>,
    ) -> Result<(Self, Begun), Error> {
        let mut registration = Self {
            hub: Arc::clone(hub),
            keys,
            priority: entry.priority,
            home: None,
            links: Vec::new(),
            counted: false,
        };
        let begun = match registration.keys.clone() {
            Keys::Many(keys) => registration.begin_with_many(&keys, entry, sleep),
            keys => {
                let key = keys.as_slice().first().copied();
                registration.begin_with_one(key, entry, number, sleep)
            }
        }?;
        Ok((registration, begun))
    }

    /// All under one lock.
    fn begin_with_one(
        &mut self,
        key: Option<Fingerprint>,
        entry: Entry,
        number: u64,
        mut sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let hub = Arc::clone(&self.hub);
        let shard = key.map_or_else(|| hub.shard_for(number), |key| hub.shard_of(key));
        let early = hub.early_now();
        let begun = hub.with_shard(shard, |locked| {
            let enrolled = locked.enroll(key, entry).ok_or_else(|| hub.key_full())?;
            let waiter = enrolled.waiter;
            let home = Home { shard, waiter };
            self.home = Some(home);
            if enrolled.missed || key.is_some() && hub.all_notified_since(entry.start) {
                return Ok(Begun::InDoubt);
            }
            self.fall_asleep(locked, home, &mut sleep, early)
        })?;
        self.asleep(begun)
    }

    fn begin_with_many(
        &mut self,
        keys: &[Fingerprint],
        entry: Entry,
        sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let [first, others @ ..] = keys else {
            return self.begin_with_one(None, entry, 0, sleep);
        };
        let shard = self.hub.shard_of(*first);
        let enroll = |shard: &mut Shard| shard.enroll(Some(*first), entry);
        let enrolled = self.hub.with_shard(shard, enroll);
        let Enrolled { waiter, missed } = enrolled.ok_or_else(|| self.hub.key_full())?;
        let home = Home { shard, waiter };
        self.home = Some(home);
        let mut in_doubt = missed || self.hub.all_notified_since(entry.start);
        self.links.reserve_exact(others.len());
        for &key in others {
            in_doubt |= self.link(key, entry, home)?;
        }
        match in_doubt {
            true => Ok(Begun::InDoubt),
            false => self.sleep(sleep),
        }
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

    /// Lets a waiter sleep whose registration stands already.
    pub(crate) fn sleep(&mut self, mut sleep: Sleep<'_>) -> Result<Begun, Error> {
        let Some(home) = self.home else {
            return Ok(Begun::Over(Ending::Resumed));
        };
        let hub = Arc::clone(&self.hub);
        let early = hub.early_now();
        let begun = hub.with_shard(home.shard, |locked| {
            self.fall_asleep(locked, home, &mut sleep, early)
        })?;
        self.asleep(begun)
    }

    /// Under the lock of its shard. If the waker is not taken, it is dropped when that is unlocked.
    fn fall_asleep(
        &mut self,
        shard: &mut Shard,
        home: Home,
        sleep: &mut Sleep<'_>,
        early: Option<Duration>,
    ) -> Result<Begun, Error> {
        if self.hub.is_shut_down() && !cfg!(mutant = "park-although-shut-down") {
            return Ok(Begun::Over(Ending::Closed));
        }
        let now = early.unwrap_or_else(|| self.hub.now());
        let deadline = sleep.due.map_or(NEVER, |due| deadline(due, now));
        if let Some(ending) = shard.over(home.waiter, deadline, tick_at(now)) {
            return Ok(Begun::Over(ending));
        }
        if let Some(request) = sleep.request {
            if !request.wait_at(home)? {
                return Ok(Begun::Over(Ending::Resumed));
            }
            self.counted = true;
        }
        let waker = std::mem::replace(&mut sleep.waker, Waker::noop().clone());
        let counts = sleep.request.is_some();
        shard.park(home.waiter, waker, deadline, tick_at(now), counts);
        Ok(Begun::Asleep(deadline))
    }

    /// With nothing locked any more: sees to it that one who sleeps is woken in time.
    fn asleep(&mut self, begun: Begun) -> Result<Begun, Error> {
        if self.counted {
            self.hub.telemetry.tell(0, Happening::Sleep);
        }
        match begun {
            Begun::Asleep(deadline) if deadline != NEVER => match self.hub.keep(deadline) {
                Ok(()) => Ok(begun),
                Err(error) => self.give_up(error).map(Begun::Over),
            },
            begun => Ok(begun),
        }
    }

    /// The wait cannot last, for this reason; but somebody may have ended it meanwhile, and has been
    /// told so.
    pub(crate) fn give_up(&self, error: Error) -> Result<Ending, Error> {
        let home = self.home.ok_or_else(|| error.clone())?;
        let ending = |shard: &mut Shard| shard.ending(home.waiter);
        self.hub.with_shard(home.shard, ending).ok_or(error)
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
