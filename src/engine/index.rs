//! The waiters of each key.
//!
//! A key with one waiter costs an entry in the table and nothing more. The second waiter makes it a queue. A key
//! without waiters leaves no trace.

use std::task::Waker;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::arena::Arena;
use super::fingerprint::Fingerprint;
use super::list::{Members, WaiterList};
use super::message::Released;
use super::slot::{Membership, Slot};

/// Fingerprint → the slot, or the list of slots, that waits for it. Each slot's [`Membership`] points the other way.
#[derive(Debug)]
pub(super) struct KeyIndex<P> {
    table: HashTable<Cell>,
    lists: Arena<WaiterList<P>>,
}

/// The waiters that were registered under a key when it was removed.
#[derive(Debug)]
pub(super) enum Found {
    None,
    One(u32),
    Many(Members),
}

impl<P: Clone> KeyIndex<P> {
    pub(super) fn new() -> Self {
        Self {
            table: HashTable::new(),
            lists: Arena::new(),
        }
    }

    /// Registers a free slot under a key, as the last one of its priority. Returns `false` if the key has `most`
    /// waiters already. The first waiter always has room.
    #[must_use]
    #[inline]
    pub(super) fn join(
        &mut self,
        slots: &mut Arena<Slot>,
        key: Fingerprint,
        index: u32,
        priority: u8,
        most: usize,
    ) -> bool {
        let (tag, lists) = (key.tag(), &mut self.lists);
        let same = |cell: &Cell| cell.tag == tag && cell.occupant().key(slots, lists) == Some(key);
        let cell = match self.table.entry(hash(tag), same, |cell| hash(cell.tag)) {
            Entry::Occupied(cell) => cell.into_mut(),
            Entry::Vacant(cell) => {
                cell.insert(Cell::new(tag, Occupant::Slot(index)));
                slots[index].membership = Membership::Alone { key, priority };
                return true;
            }
        };
        let list = match cell.occupant() {
            Occupant::List(list) if lists[list].len() >= most => return false,
            Occupant::List(list) => list,
            Occupant::Slot(_) if most < 2 => return false,
            Occupant::Slot(first) => {
                let list = lists.insert(WaiterList::Waiting(key, Members::default()));
                *cell = Cell::new(tag, Occupant::List(list));
                let first_priority = slots[first].priority();
                lists[list].join(list, slots, first, first_priority);
                list
            }
        };
        lists[list].join(list, slots, index, priority);
        true
    }

    /// Removes a slot from its key, and returns what the slot left there.
    pub(super) fn leave(&mut self, slots: &mut Arena<Slot>, index: u32) -> Released<P> {
        let slot = &mut slots[index];
        let mut chosen = None;
        match std::mem::replace(&mut slot.membership, Membership::Free) {
            Membership::Free => {}
            Membership::Chosen(key) => chosen = Some(key),
            Membership::Alone { key, .. } => self.erase(key.tag(), Occupant::Slot(index)),
            Membership::Queued { list, place } => {
                let released = self.lists[list].leave(place, slot);
                self.drop_if_empty(list);
                return released;
            }
        }
        Released {
            waker: slot.waker.take(),
            chosen,
            payload: None,
        }
    }

    /// Stores a payload for one waiter, and returns a membership through which the waiter finds it. To the waiter, it
    /// looks as if its whole key had been notified with the payload. With `chosen`, it looks as if a notify of that
    /// key for one waiter had chosen it.
    pub(super) fn store_payload(&mut self, payload: P, chosen: Option<Fingerprint>) -> Membership {
        let list = self.lists.insert(WaiterList::Notified {
            uncollected: 1,
            chosen,
            payload: Some(payload),
        });
        Membership::Queued { list, place: 0 }
    }

    /// Removes a key with all its waiters.
    ///
    /// The slots of the members do not change. A member learns of it through [`was_notified`](Self::was_notified),
    /// and gets the payload when it [`leave`](Self::leave)s.
    #[inline]
    pub(super) fn detach(
        &mut self,
        slots: &mut Arena<Slot>,
        key: Fingerprint,
        payload: Option<&P>,
    ) -> Found {
        let (tag, lists) = (key.tag(), &self.lists);
        let same = |cell: &Cell| cell.tag == tag && cell.occupant().key(slots, lists) == Some(key);
        let Ok(cell) = self.table.find_entry(hash(tag), same) else {
            return Found::None;
        };
        let (cell, _) = cell.remove();
        self.shrink();
        match cell.occupant() {
            Occupant::Slot(index) => {
                slots[index].membership = Membership::Free;
                Found::One(index)
            }
            Occupant::List(list) => Found::Many(self.lists[list].notify(payload.cloned())),
        }
    }

    /// Removes the first waiter of a key: the oldest one of the highest priority. Its waker moves to its slot.
    pub(super) fn pop(&mut self, slots: &mut Arena<Slot>, key: Fingerprint) -> Option<u32> {
        let index = match self.find(slots, key)? {
            Occupant::Slot(index) => index,
            Occupant::List(list) => self.lists[list].waiting_mut()?.first()?,
        };
        let left = self.leave(slots, index);
        slots[index].waker = left.waker;
        Some(index)
    }

    /// The number of waiters of a key.
    pub(super) fn waiter_count(&self, slots: &Arena<Slot>, key: Fingerprint) -> usize {
        match self.find(slots, key) {
            None => 0,
            Some(Occupant::Slot(_)) => 1,
            Some(Occupant::List(list)) => self.lists[list].len(),
        }
    }

    /// Whether the whole key was notified while the slot was in its queue.
    pub(super) fn was_notified(&self, membership: Membership) -> bool {
        matches!(membership, Membership::Queued { list, .. } if self.lists[list].waiting().is_none())
    }

    /// Stores a waker where notifies find it, and returns the previous one.
    pub(super) fn leave_waker(&mut self, slot: &mut Slot, waker: Waker) -> Option<Waker> {
        match slot.membership {
            Membership::Queued { list, place } => self.lists[list].leave_waker(place, waker),
            _ => slot.waker.replace(waker),
        }
    }

    /// Counts a sleeping waiter that takes no payload.
    pub(super) fn count_taking_nothing(&mut self, slot: &Slot) {
        if let Membership::Queued { list, .. } = slot.membership {
            if let Some(members) = self.lists[list].waiting_mut() {
                members.taking_nothing += 1;
            }
        }
    }

    /// The waker that a slot has stored.
    pub(super) fn waker<'a>(&'a self, slot: &'a Slot) -> Option<&'a Waker> {
        match slot.membership {
            Membership::Queued { list, place } => self.lists[list].waiting()?.waiters.left(place),
            _ => slot.waker.as_ref(),
        }
    }

    fn find(&self, slots: &Arena<Slot>, key: Fingerprint) -> Option<Occupant> {
        let tag = key.tag();
        let same =
            |cell: &Cell| cell.tag == tag && cell.occupant().key(slots, &self.lists) == Some(key);
        self.table.find(hash(tag), same).map(Cell::occupant)
    }

    fn erase(&mut self, tag: u32, occupant: Occupant) {
        let gone = Cell::new(tag, occupant);
        if let Ok(cell) = self.table.find_entry(hash(tag), |cell| *cell == gone) {
            cell.remove();
        }
        self.shrink();
    }

    /// Gives memory back after a flood.
    fn shrink(&mut self) {
        if self.table.capacity() > SMALL && self.table.len() < self.table.capacity() / 8 {
            self.table
                .shrink_to(self.table.len() * 2, |cell| hash(cell.tag));
        }
    }

    fn drop_if_empty(&mut self, list: u32) {
        match self.lists[list] {
            WaiterList::Waiting(key, ref members) if members.len() == 0 => {
                self.erase(key.tag(), Occupant::List(list))
            }
            WaiterList::Notified { uncollected: 0, .. } => {}
            _ => return,
        }
        self.lists.remove(list);
    }
}

#[cfg(all(test, not(loom)))]
impl<P: Clone> KeyIndex<P> {
    /// Checks that the index and the memberships of the slots agree.
    pub(super) fn check(&self, slots: &Arena<Slot>) {
        for cell in &self.table {
            let key = cell.occupant().key(slots, &self.lists);
            assert_eq!(key.map(Fingerprint::tag), Some(cell.tag));
        }
        for (list, members) in self.lists.iter() {
            let places = |slot: &Slot| match slot.membership {
                Membership::Queued { list: at, place } if at == list => Some(place),
                _ => None,
            };
            let seated = slots
                .iter()
                .filter_map(|(index, slot)| Some((places(slot)?, index)));
            let seated: std::collections::BTreeMap<_, _> = seated.collect();
            match members {
                WaiterList::Notified { uncollected, .. } => assert_eq!(*uncollected, seated.len()),
                WaiterList::Waiting(key, members) => {
                    assert!(
                        matches!(self.find(slots, *key), Some(Occupant::List(at)) if at == list)
                    );
                    let of_kind = |link| {
                        seated
                            .values()
                            .copied()
                            .filter(move |at| slots[*at].is_link() == link)
                    };
                    assert!(members.waiters.slots().eq(of_kind(false)));
                    assert!(members.links.slots().eq(of_kind(true)));
                    assert_eq!(members.len(), seated.len());
                    let asleep = of_kind(false).filter(|at| self.waker(&slots[*at]).is_some());
                    assert_eq!(members.asleep, asleep.count());
                }
            }
        }
        for (index, slot) in slots.iter() {
            if let Membership::Alone { key, .. } = slot.membership {
                assert!(matches!(self.find(slots, key), Some(Occupant::Slot(at)) if at == index));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty() && self.lists.len() == 0
    }
}

/// An entry of the table. It takes 8 bytes: with a million keys, the table is a quarter of the cost of a waiter.
///
/// When the table grows, it reads the tag only. A lookup compares the whole key, which is stored with the occupant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    tag: u32,
    /// The occupant's index, with [`LIST`] set if it is a list.
    index: u32,
}

#[derive(Debug, Clone, Copy)]
enum Occupant {
    Slot(u32),
    List(u32),
}

impl Cell {
    fn new(tag: u32, occupant: Occupant) -> Self {
        match occupant {
            Occupant::Slot(index) => Self { tag, index },
            Occupant::List(index) => Self {
                tag,
                index: index | LIST,
            },
        }
    }

    #[inline]
    fn occupant(&self) -> Occupant {
        match self.index & LIST {
            0 => Occupant::Slot(self.index),
            _ => Occupant::List(self.index & !LIST),
        }
    }
}

impl Occupant {
    #[inline]
    fn key<P>(self, slots: &Arena<Slot>, lists: &Arena<WaiterList<P>>) -> Option<Fingerprint> {
        match self {
            Self::Slot(index) => match slots[index].membership {
                Membership::Alone { key, .. } => Some(key),
                _ => None,
            },
            Self::List(index) => match lists[index] {
                WaiterList::Waiting(key, _) => Some(key),
                WaiterList::Notified { .. } => None,
            },
        }
    }
}

/// hashbrown uses the lowest bits of a hash and its seven highest.
fn hash(tag: u32) -> u64 {
    u64::from(tag) << 32 | u64::from(tag)
}

const LIST: u32 = 1 << 31;

/// The table keeps memory for this number of keys.
const SMALL: usize = if cfg!(loom) { 1 } else { 64 };
