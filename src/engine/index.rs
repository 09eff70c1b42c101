//! Which waiters wait for which key.
//!
//! A key with one waiter costs an entry in the table and nothing more. From the second on, its waiters stand in a
//! queue. A key without waiters leaves no trace.

use std::task::Waker;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::arena::Arena;
use super::fingerprint::Fingerprint;
use super::list::{Members, WaiterList};
use super::message::Released;
use super::slot::{Membership, Slot};

/// Fingerprint → the slot, or the list of slots, that waits for it. Each slot's [`Membership`] says the
/// same the other way.
#[derive(Debug)]
pub(super) struct KeyIndex<P> {
    table: HashTable<Cell>,
    lists: Arena<WaiterList<P>>,
}

/// Who was registered under a key when it was taken out.
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

    /// Registers a free slot under a key, as the last in line of its priority; not if there are `most`
    /// already, of which the first always has room.
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

    /// Takes a slot out from under its key, and returns what it left.
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

    /// Stores a payload for one waiter. With the membership that is returned, the waiter finds it as if all waiters of
    /// its key had been notified with it, or as the one that a notify of this key has chosen.
    pub(super) fn store_payload(&mut self, payload: P, chosen: Option<Fingerprint>) -> Membership {
        let list = self.lists.insert(WaiterList::Notified {
            uncollected: 1,
            chosen,
            payload: Some(payload),
        });
        Membership::Queued { list, place: 0 }
    }

    /// Removes a key, with all waiters that wait for it.
    ///
    /// The slots of the members are not touched. They learn of it through [`was_notified`](Self::was_notified), and
    /// find the payload when they [`leave`](Self::leave).
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

    /// Removes the waiter that has waited for a key longest. Its waker goes to its slot.
    pub(super) fn pop(&mut self, slots: &mut Arena<Slot>, key: Fingerprint) -> Option<u32> {
        let index = match self.find(slots, key)? {
            Occupant::Slot(index) => index,
            Occupant::List(list) => self.lists[list].waiting_mut()?.first()?,
        };
        let left = self.leave(slots, index);
        slots[index].waker = left.waker;
        Some(index)
    }

    /// How many waiters wait for a key.
    pub(super) fn waiter_count(&self, slots: &Arena<Slot>, key: Fingerprint) -> usize {
        match self.find(slots, key) {
            None => 0,
            Some(Occupant::Slot(_)) => 1,
            Some(Occupant::List(list)) => self.lists[list].len(),
        }
    }

    /// Tells whether the slot's key was notified, all waiters at once, while it stood in the queue.
    pub(super) fn was_notified(&self, membership: Membership) -> bool {
        matches!(membership, Membership::Queued { list, .. } if self.lists[list].waiting().is_none())
    }

    /// Leaves a waker where notifies look for it, and returns the one that was there.
    pub(super) fn leave_waker(&mut self, slot: &mut Slot, waker: Waker) -> Option<Waker> {
        match slot.membership {
            Membership::Queued { list, place } => self.lists[list].leave_waker(place, waker),
            _ => slot.waker.replace(waker),
        }
    }

    /// A sleeper takes nothing that comes with a wake.
    pub(super) fn count_taking_nothing(&mut self, slot: &Slot) {
        if let Membership::Queued { list, .. } = slot.membership {
            if let Some(members) = self.lists[list].waiting_mut() {
                members.taking_nothing += 1;
            }
        }
    }

    /// The waker that a slot has left.
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
    /// Each entry of the index agrees with the membership of its slot, and each membership has its entry.
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

/// An entry of the table. It takes 8 bytes: at a million keys, the table is a quarter of what a waiter costs.
///
/// The tag is all that the table looks at when it grows. Whether the key is really the same is checked at the occupant.
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

/// hashbrown looks at the lowest bits of a hash and at its seven highest.
fn hash(tag: u32) -> u64 {
    u64::from(tag) << 32 | u64::from(tag)
}

const LIST: u32 = 1 << 31;

/// Keys for which room in the table is kept.
const SMALL: usize = if cfg!(loom) { 1 } else { 64 };
