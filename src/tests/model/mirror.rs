//! The model of a hub: what each call should do, request by request.

use std::collections::BTreeMap;
use std::task::Poll;
use std::time::Duration;

use crate::Error;
use crate::engine::{HORIZON, NEVER};

use super::state::{Answered, Mirrored, Passes, Place, State, completed};
use super::steps::{Ask, Key, Script, Telling, Turn, Wake};

pub(super) const MAX_PASSES: usize = 4;
pub(super) const MAX_KEYS: usize = 3;

/// The last time that a test's clock can show.
const END: u64 = (1 << 31) * 1000;

/// The requests of a hub by number, and what should become of them.
pub(super) struct Mirror {
    requests: BTreeMap<u32, Mirrored>,
    max_suspended: usize,
    now: u64,
    shut: bool,
    /// The number of the next registration.
    next_number: u64,
}

/// Calls of a hub, and what they return.
impl Mirror {
    pub(super) fn new(max_suspended: usize) -> Self {
        Self {
            requests: BTreeMap::new(),
            max_suspended,
            now: 0,
            shut: false,
            next_number: 0,
        }
    }

    pub(super) fn arrive(&mut self, id: u32, script: Script) {
        self.requests.insert(id, Mirrored::new(script, self.now));
    }

    /// Returns the number of requests that are woken.
    pub(super) fn tell(&mut self, telling: Telling) -> usize {
        match telling {
            Telling::All(key, value) => {
                let registered = self.registered(key);
                registered
                    .filter_map(|state| state.notify(value).then_some(()))
                    .count()
            }
            Telling::One(key) => self.choose(key).into(),
            Telling::Everyone => {
                let registered = self.states().filter(|state| state.has_keys());
                let woken = registered.filter_map(|state| state.notify(None).then_some(()));
                woken.count()
            }
        }
    }

    pub(super) fn wake(&mut self, id: u32, wake: Wake) -> bool {
        let state = &mut self.of(id).state;
        let waits = state.waits();
        if waits {
            *state = State::woken(wake, true);
        }
        waits
    }

    pub(super) fn set_timeout(&mut self, id: u32, to: u64) -> bool {
        let now = self.now;
        let request = self.of(id);
        let State::Waiting { deadline, .. } = &mut request.state else {
            return false;
        };
        let due = now.saturating_add(to);
        request.moved = Some(due);
        *deadline = tick(due.min(request.limit).max(now + 1));
        true
    }

    /// Returns the deadlines of the requests that expire, in order.
    pub(super) fn advance(&mut self, by: u64) -> Vec<u64> {
        self.now = self.now.saturating_add(by).min(END);
        let mut expired = Vec::new();
        for request in self.requests.values_mut() {
            match request.state {
                State::Waiting {
                    deadline,
                    or_responds,
                    ..
                } if deadline <= self.now => {
                    request.expire(deadline, or_responds, true);
                    expired.push(deadline);
                }
                _ => {}
            }
        }
        expired.sort_unstable();
        expired
    }

    /// Returns the number of waits that end.
    pub(super) fn shut_down(&mut self) -> usize {
        self.shut = true;
        let closed = State::Wakeup {
            answer: Err(Error::ShutDown),
            slept: true,
        };
        let waiting = self.states().filter(|state| state.waits());
        waiting.map(|state| *state = closed.clone()).count()
    }

    /// Removes a request that has been answered or dropped.
    pub(super) fn forget(&mut self, id: u32) {
        let request = self.requests.remove(&id);
        if let Some(State::Due(due)) = request.map(|request| request.state) {
            due.chosen.map(|key| self.choose(key));
        }
    }

    /// Gives a `notify_one` to the first waiter of the key. Returns `true` if there was one.
    fn choose(&mut self, key: Key) -> bool {
        let mut queue: Vec<_> = self.registered(key).collect();
        queue.sort_by_key(|state| state.rank());
        let woken = queue
            .into_iter()
            .find_map(|state| state.notify(None).then_some(state));
        match woken {
            Some(State::Due(due)) => due.chosen.insert(key) == &key,
            _ => false,
        }
    }

    fn registered(&mut self, key: Key) -> impl Iterator<Item = &mut State> {
        self.states().filter(move |state| state.is_registered(key))
    }

    fn states(&mut self) -> impl Iterator<Item = &mut State> {
        self.requests.values_mut().map(|request| &mut request.state)
    }

    fn of(&mut self, id: u32) -> &mut Mirrored {
        self.requests.get_mut(&id).expect("it has arrived")
    }
}

/// Passes.
impl Mirror {
    pub(super) fn poll(&mut self, id: u32) -> Poll<Answered> {
        let now = self.now;
        let request = self.of(id);
        let due = match &mut request.state {
            State::Waiting { .. } => return Poll::Pending,
            State::Wakeup { answer, .. } => return Poll::Ready(answer.clone()),
            State::Due(due) => due,
        };
        if request.passes.len() == MAX_PASSES {
            let limit = MAX_PASSES as u32;
            return Poll::Ready(Err(Error::TooManyPasses { limit }));
        }
        due.slept = false;
        due.chosen = None;
        if !request.passes.is_empty() {
            request.began = now;
        }
        let turn = request.script.turns.get(request.passes.len()).cloned();
        request.passes.push((due.why, due.value));
        turn.map_or(Poll::Ready(Ok(().into())), |turn| self.take(id, &turn))
    }

    fn take(&mut self, id: u32, turn: &Turn) -> Poll<Answered> {
        turn.tells.map(|telling| self.tell(telling));
        let asks = turn.asks.as_ref();
        let suspended = asks.map(|ask| self.suspend(id, turn, ask)).transpose();
        match (suspended, turn.wake) {
            (Ok(Some(state)), _) => {
                self.of(id).state = state;
                Poll::Pending
            }
            (_, Some(Wake::Complete)) => Poll::Ready(completed()),
            (Ok(None), _) => Poll::Ready(Ok(().into())),
            (Err(error), _) => Poll::Ready(Err(error)),
        }
    }

    /// The state of a request that has suspended, or why it may not.
    fn suspend(&mut self, id: u32, turn: &Turn, ask: &Ask) -> Result<State, Error> {
        let (now, shut) = (self.now, self.shut);
        let request = self.of(id);
        if request.limit <= request.since {
            let hold = request.script.hold.unwrap_or_default();
            let limit = Duration::from_millis(hold);
            return Err(Error::HeldTooLong { limit });
        }
        let due = request.due_at(ask, now);
        if ask.keys.len() > MAX_KEYS {
            return Err(Error::TooManyKeys { limit: MAX_KEYS });
        }
        if shut {
            return Err(Error::ShutDown);
        }
        // The request was due before the pass began, so no notify can prolong it.
        if due < request.began && turn.wake.is_none() {
            return Ok(self.expired(id, ask));
        }
        let standing = match &mut request.state {
            State::Due(due) => due.armed.take(),
            _ => None,
        };
        let place = self.register(ask);
        let same = |other: &Place| (&other.keys, other.priority) == (&place.keys, place.priority);
        match standing.filter(same) {
            Some(standing) => self.park(id, turn, ask, standing, due),
            None if turn.tells.is_some_and(|told| told.concerns(&place.keys)) => {
                Ok(State::in_doubt(place, turn.wake))
            }
            None => self.park(id, turn, ask, place, due),
        }
    }

    fn register(&mut self, ask: &Ask) -> Place {
        let number = self.next_number;
        self.next_number += 1;
        Place {
            keys: ask.keys.iter().copied().collect(),
            priority: ask.priority,
            number,
            notified: None,
        }
    }

    fn park(
        &mut self,
        id: u32,
        turn: &Turn,
        ask: &Ask,
        place: Place,
        due: u64,
    ) -> Result<State, Error> {
        match (turn.wake, place.notified) {
            // The earlier wake counts, but the payload of the notify is not lost.
            (Some(Wake::Resume(value)), notified) => {
                let value = value.or_else(|| notified.flatten());
                Ok(State::woken(Wake::Resume(value), false))
            }
            (Some(Wake::Complete), _) => Ok(State::woken(Wake::Complete, false)),
            (None, Some(value)) => Ok(State::woken(Wake::Resume(value), false)),
            (None, None) if due <= self.now => Ok(self.expired(id, ask)),
            (None, None) => {
                self.take_place(id)?;
                Ok(State::Waiting {
                    place,
                    deadline: tick(due),
                    or_responds: ask.or_responds,
                })
            }
        }
    }

    /// A request that has been suspended keeps its slot to its end.
    fn take_place(&mut self, id: u32) -> Result<(), Error> {
        let limit = self.max_suspended;
        let places = self.requests.values().filter(|request| request.placed);
        if !self.requests[&id].placed && places.count() == limit {
            return Err(Error::Full { limit });
        }
        self.of(id).placed = true;
        Ok(())
    }

    /// The request is due when it suspends.
    fn expired(&mut self, id: u32, ask: &Ask) -> State {
        let now = self.now;
        let request = self.of(id);
        request.expire(now, ask.or_responds, false);
        request.state.clone()
    }
}

/// What a test can see of the hub.
impl Mirror {
    pub(super) fn suspended_count(&self) -> usize {
        let states = self.requests.values().map(|request| &request.state);
        states.filter(|state| state.counts()).count()
    }

    pub(super) fn is_asleep(&self, id: u32) -> bool {
        self.requests[&id].state.waits()
    }

    pub(super) fn passes(&self, id: u32) -> &Passes {
        &self.requests[&id].passes
    }

    /// The deadlines of all waiters.
    pub(super) fn deadlines(&self) -> BTreeMap<u32, u64> {
        let deadline = |state: &State| match state {
            State::Waiting { deadline, .. } => Some(*deadline),
            _ => None,
        };
        let requests = self.requests.iter();
        requests
            .filter_map(|(id, request)| Some((*id, deadline(&request.state)?)))
            .collect()
    }
}

fn tick(due: u64) -> u64 {
    if due < HORIZON { due } else { NEVER }
}
