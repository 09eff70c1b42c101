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

/// A waiter's registration under all its keys, one after another: each stands from a [`begin`](Self::begin)
/// until it is dissolved.
///
/// It is in the books of a hub that it does not keep, so whoever keeps both
/// [dissolves](Self::dissolve) it at the end.
#[derive(Debug)]
pub(crate) struct Registration {
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

/// The end of a wait.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) ending: Ending,
    /// A notify has chosen this request and no other, and must not be lost if the pass that follows
    /// comes to no end.
    pub(crate) token: Option<Token>,
    /// What came with the wake.
    pub(crate) parcel: Option<Parcel>,
}

impl Registration {
    pub(crate) const NONE: Self = Self {
        keys: Keys::None,
        priority: 0,
        home: None,
        links: Vec::new(),
        counted: false,
    };

    /// Whether anything of it is in the books.
    #[inline]
    pub(crate) fn stands(&self) -> bool {
        self.home.is_some() || self.counted || !self.links.is_empty()
    }

    /// Registers a waiter under these keys and lets it sleep; if it is registered so already, that
    /// stands. `number` is the waiter's own, and only serves to spread those who wait for no key.
    pub(crate) fn begin(
        &mut self,
        hub: &Arc<Shared>,
        keys: Keys,
        entry: Entry,
        number: u64,
        sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let is_for_them = (&self.keys, self.priority) == (&keys, entry.priority);
        if let Some(home) = self
            .home
            .filter(|_| is_for_them && !cfg!(mutant = "forget-the-armed"))
        {
            return self.sleep(hub, home, sleep);
        }
        if self.stands() {
            // One for other keys is of no use.
            drop(self.dissolve(hub));
        }
        self.priority = entry.priority;
        let begun = match keys.as_slice() {
            [] => self.begin_with_one(hub, hub.shard_for(number), None, entry, sleep),
            [key] => self.begin_with_one(hub, hub.shard_of(*key), Some(*key), entry, sleep),
            [first, others @ ..] => self.begin_with_many(hub, *first, others, entry, sleep),
        };
        self.keys = keys;
        begun
    }

    /// All under one lock.
    fn begin_with_one(
        &mut self,
        hub: &Arc<Shared>,
        shard: u32,
        key: Option<Fingerprint>,
        entry: Entry,
        mut sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let early = hub.early_now();
        let begun = hub.with_shard(shard, |locked| {
            let enrolled = locked.enroll(key, entry).ok_or_else(|| hub.key_full())?;
            let waiter = enrolled.waiter;
            let home = Home { shard, waiter };
            self.home = Some(home);
            if enrolled.missed || key.is_some() && hub.all_notified_since(entry.start) {
                return Ok(Begun::InDoubt);
            }
            self.fall_asleep(hub, locked, home, &mut sleep, early)
        })?;
        self.asleep(hub, begun)
    }

    fn begin_with_many(
        &mut self,
        hub: &Arc<Shared>,
        first: Fingerprint,
        others: &[Fingerprint],
        entry: Entry,
        sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let shard = hub.shard_of(first);
        let enrolled = hub.with_shard(shard, |shard| shard.enroll(Some(first), entry));
        let Enrolled { waiter, missed } = enrolled.ok_or_else(|| hub.key_full())?;
        let home = Home { shard, waiter };
        self.home = Some(home);
        let mut in_doubt = missed || hub.all_notified_since(entry.start);
        self.links.reserve_exact(others.len());
        for &key in others {
            in_doubt |= self.link(hub, key, entry, home)?;
        }
        match in_doubt {
            true => Ok(Begun::InDoubt),
            false => self.sleep(hub, home, sleep),
        }
    }

    fn link(
        &mut self,
        hub: &Shared,
        key: Fingerprint,
        entry: Entry,
        home: Home,
    ) -> Result<bool, Error> {
        let shard = hub.shard_of(key);
        let linked = hub.with_shard(shard, |shard| shard.link(key, entry, home));
        let Enrolled { waiter, missed } = linked.ok_or_else(|| hub.key_full())?;
        self.links.push(Home { shard, waiter });
        Ok(missed)
    }

    /// Lets a waiter sleep whose registration stands already.
    fn sleep(
        &mut self,
        hub: &Arc<Shared>,
        home: Home,
        mut sleep: Sleep<'_>,
    ) -> Result<Begun, Error> {
        let early = hub.early_now();
        let begun = hub.with_shard(home.shard, |locked| {
            self.fall_asleep(hub, locked, home, &mut sleep, early)
        })?;
        self.asleep(hub, begun)
    }

    /// Under the lock of its shard. If the waker is not taken, it is dropped when that is unlocked.
    fn fall_asleep(
        &mut self,
        hub: &Shared,
        shard: &mut Shard,
        home: Home,
        sleep: &mut Sleep<'_>,
        early: Option<Duration>,
    ) -> Result<Begun, Error> {
        if hub.is_shut_down() && !cfg!(mutant = "park-although-shut-down") {
            return Ok(Begun::Over(Ending::Closed));
        }
        let now = early.unwrap_or_else(|| hub.now());
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
    fn asleep(&mut self, hub: &Arc<Shared>, begun: Begun) -> Result<Begun, Error> {
        if self.counted {
            hub.telemetry.tell(0, Happening::Sleep);
        }
        match begun {
            Begun::Asleep(deadline) if deadline != NEVER => match hub.keep(deadline) {
                Ok(()) => Ok(begun),
                Err(error) => self.give_up(hub, error).map(Begun::Over),
            },
            begun => Ok(begun),
        }
    }

    /// The wait cannot last, for this reason; but somebody may have ended it meanwhile, and has been
    /// told so.
    pub(crate) fn give_up(&self, hub: &Shared, error: Error) -> Result<Ending, Error> {
        let home = self.home.ok_or_else(|| error.clone())?;
        let ending = |shard: &mut Shard| shard.ending(home.waiter);
        hub.with_shard(home.shard, ending).ok_or(error)
    }

    /// Takes the waiter out of its slot if its wait is over.
    pub(crate) fn collect(&mut self, hub: &Arc<Shared>) -> Option<Over> {
        let home = self.home?;
        let (ending, released) = hub.with_shard(home.shard, |shard| shard.collect(home.waiter))?;
        self.home = None;
        Some(Over::collected(hub, ending, released))
    }

    /// Takes the waiter out of its slot if its wait is over; otherwise makes sure that it is this
    /// waker that is woken.
    pub(crate) fn poll(&mut self, hub: &Arc<Shared>, waker: &Waker) -> Poll<Over> {
        let Some(home) = self.home else {
            return Poll::Ready(Over::new(Ending::Resumed));
        };
        let mut spare = None;
        loop {
            let look = hub.with_shard(home.shard, |shard| {
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
                    self.home = None;
                    return Poll::Ready(Over::collected(hub, ending, released));
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

    /// Takes the waiter out of the books, and returns what was meant for it and for nobody else.
    pub(crate) fn dissolve(&mut self, hub: &Arc<Shared>) -> Option<Token> {
        let release =
            |place: Home| hub.with_shard(place.shard, |shard| shard.release(place.waiter));
        let home = self.home.take().map(release);
        // A link leaves no waker and is not chosen; a parcel it may have.
        let links = std::mem::take(&mut self.links);
        let links: Vec<_> = links.into_iter().map(release).collect();
        self.keys = Keys::None;
        let chosen = home.as_ref().and_then(|released| released.chosen);
        let token = chosen.map(|key| Token::new(hub, key));
        let caught = match std::mem::take(&mut self.counted) {
            true => {
                hub.telemetry.tell(0, Happening::Rise);
                hub.occupancy.rise()
            }
            false => Caught::default(),
        };
        // Last, for wakers and parcels may do anything when they are dropped.
        drop((home, links));
        caught.resume();
        token
    }
}

impl Over {
    pub(crate) fn new(ending: Ending) -> Self {
        Self {
            ending,
            token: None,
            parcel: None,
        }
    }

    fn collected(hub: &Arc<Shared>, ending: Ending, released: Released) -> Self {
        let over = Self {
            ending,
            token: released.chosen.map(|key| Token::new(hub, key)),
            parcel: released.parcel,
        };
        // After that, for nobody knows what it does.
        drop(released.waker);
        over
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
