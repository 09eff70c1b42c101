//! The state of a request in the model.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::{Answer, Dispatch, Error};

use super::steps::{Ask, Key, Script, Wake};

pub(super) struct Mirrored {
    pub(super) script: Script,
    pub(super) passes: Passes,
    /// The beginning of its latest pass.
    pub(super) began: u64,
    /// The time until which it may be held in all.
    pub(super) limit: u64,
    /// The time from which its timeouts count.
    pub(super) since: u64,
    /// Whether it occupies a slot: it is suspended or has been.
    pub(super) placed: bool,
    /// Its expiry, if that has been moved.
    pub(super) moved: Option<u64>,
    pub(super) state: State,
}

/// Why each pass runs, and the value that it finds.
pub(super) type Passes = Vec<(Dispatch, Option<u8>)>;

#[derive(Clone)]
pub(super) enum State {
    Waiting {
        place: Place,
        deadline: u64,
        or_responds: bool,
    },
    /// The next poll begins a pass.
    Due(Due),
    /// The next poll returns an answer or a refusal.
    Wakeup { answer: Answered, slept: bool },
}

#[derive(Clone)]
pub(super) struct Due {
    pub(super) why: Dispatch,
    pub(super) value: Option<u8>,
    /// Whether it slept and has not been polled since it was woken.
    pub(super) slept: bool,
    /// The key of a `notify_one` that it must pass on if it ends.
    pub(super) chosen: Option<Key>,
    /// The registration that stands.
    pub(super) armed: Option<Place>,
}

/// A registration.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) keys: BTreeSet<Key>,
    pub(super) priority: u8,
    /// The number of its registration. Earlier ones have lower numbers.
    pub(super) number: u64,
    /// Set if it was notified while a pass ran, with or without a value.
    pub(super) notified: Option<Option<u8>>,
}

impl Mirrored {
    pub(super) fn new(script: Script, now: u64) -> Self {
        let hold = script.hold.unwrap_or(u64::MAX);
        Self {
            limit: now.saturating_add(hold),
            script,
            passes: Passes::new(),
            began: now,
            since: now,
            placed: false,
            moved: None,
            state: State::Due(Due::new(Dispatch::Initial, None, false)),
        }
    }

    pub(super) fn due_at(&mut self, ask: &Ask, now: u64) -> u64 {
        let since = if ask.from_now { now } else { self.since };
        self.moved = self.moved.filter(|_| !ask.from_now);
        let counted = since.saturating_add(ask.timeout);
        self.moved.unwrap_or(counted).min(self.limit)
    }

    pub(super) fn expire(&mut self, at: u64, or_responds: bool, slept: bool) {
        self.since = at;
        self.moved = None;
        self.state = match or_responds {
            true => State::woken(Wake::Complete, slept),
            false => State::Due(Due::new(Dispatch::Expired, None, slept)),
        };
    }
}

impl State {
    /// The state after its wait has ended.
    pub(super) fn woken(wake: Wake, slept: bool) -> Self {
        match wake {
            Wake::Resume(value) => Self::Due(Due::new(Dispatch::Resumed, value, slept)),
            Wake::Complete => Self::Wakeup {
                answer: completed(),
                slept,
            },
        }
    }

    /// The state after one of its keys seems to have been notified since its pass began: its handler runs again.
    pub(super) fn in_doubt(place: Place, wake: Option<Wake>) -> Self {
        let mut state = Self::woken(wake.unwrap_or(Wake::Resume(None)), false);
        if let Self::Due(due) = &mut state {
            due.armed = Some(place);
        }
        state
    }

    pub(super) fn waits(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }

    pub(super) fn counts(&self) -> bool {
        match self {
            Self::Waiting { .. } => true,
            Self::Due(Due { slept, .. }) | Self::Wakeup { slept, .. } => *slept,
        }
    }

    pub(super) fn is_registered(&self, key: Key) -> bool {
        self.place().is_some_and(|place| place.keys.contains(&key))
    }

    pub(super) fn has_keys(&self) -> bool {
        self.place().is_some_and(|place| !place.keys.is_empty())
    }

    /// The waiter with the lowest rank is the first one.
    pub(super) fn rank(&self) -> Option<(Reverse<u8>, u64)> {
        let place = self.place()?;
        Some((Reverse(place.priority), place.number))
    }

    /// Notifies a registered request. Returns `true` if it slept.
    pub(super) fn notify(&mut self, value: Option<u8>) -> bool {
        let waits = self.waits();
        match self {
            Self::Waiting { .. } => *self = Self::woken(Wake::Resume(value), true),
            Self::Due(due) => {
                let armed = due.armed.as_mut();
                armed.map(|place| place.notified.get_or_insert(value));
            }
            Self::Wakeup { .. } => {}
        }
        waits
    }

    fn place(&self) -> Option<&Place> {
        match self {
            Self::Waiting { place, .. } => Some(place),
            Self::Due(due) => due.armed.as_ref(),
            Self::Wakeup { .. } => None,
        }
    }
}

impl Due {
    fn new(why: Dispatch, value: Option<u8>, slept: bool) -> Self {
        Self {
            why,
            value,
            slept,
            chosen: None,
            armed: None,
        }
    }
}

/// How a request ends.
pub(super) type Answered = Result<Answer<()>, Error>;

pub(super) fn completed() -> Answered {
    Ok(Answer::Completed(Box::default()))
}
