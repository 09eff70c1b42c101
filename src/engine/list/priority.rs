//! The waiters of one key, by priority and then in the order of their arrival.

use std::collections::BTreeMap;

use super::chunked::ChunkedQueue;

/// One queue per priority, behind the interface of a single queue. The upper bits of a place are the rank of its
/// queue, so the lower of two places comes first.
#[derive(Debug)]
pub(crate) enum PriorityQueue<T> {
    /// All members have the lowest priority, which is the usual one.
    Usual(ChunkedQueue<T>),
    /// By rank. No queue is without a member.
    Ranked(BTreeMap<u8, ChunkedQueue<T>>),
}

impl<T> PriorityQueue<T> {
    /// Adds a member behind those of its rank. Its place must be above all earlier places of that rank.
    pub(crate) fn push(&mut self, place: u64, slot: u32, left: Option<T>) {
        match self {
            Self::Usual(queue) if rank(place) == USUAL => queue.push(place, slot, left),
            Self::Usual(queue) => {
                let usual = std::mem::take(queue);
                let ranked = (!usual.is_empty()).then_some((USUAL, usual));
                *self = Self::Ranked(ranked.into_iter().collect());
                self.push(place, slot, left);
            }
            Self::Ranked(queues) => {
                let queue = queues.entry(rank(place)).or_default();
                queue.push(place, slot, left);
            }
        }
    }

    /// Removes the member at `place`, and returns what it left.
    pub(crate) fn remove(&mut self, place: u64) -> Option<T> {
        let queue = self.queue_mut(place)?;
        let left = queue.remove(place);
        let is_empty = queue.is_empty();
        if let (true, Self::Ranked(queues)) = (is_empty, self) {
            queues.remove(&rank(place));
        }
        left
    }

    /// The place and the slot of the first member.
    pub(crate) fn first(&mut self) -> Option<(u64, u32)> {
        match self {
            Self::Usual(queue) => queue.first(),
            Self::Ranked(queues) => queues.values_mut().next()?.first(),
        }
    }

    /// What the member at `place` leaves here.
    pub(crate) fn left_mut(&mut self, place: u64) -> Option<&mut Option<T>> {
        self.queue_mut(place)?.left_mut(place)
    }

    /// What the member at `place` has left.
    pub(crate) fn left(&self, place: u64) -> Option<&T> {
        match self {
            Self::Usual(queue) => queue.left(place),
            Self::Ranked(queues) => queues.get(&rank(place))?.left(place),
        }
    }

    /// What all members have left, in order.
    pub(crate) fn into_left(self) -> impl Iterator<Item = T> {
        let (usual, ranked) = match self {
            Self::Usual(queue) => (Some(queue), None),
            Self::Ranked(queues) => (None, Some(queues)),
        };
        let ranked = ranked.into_iter().flat_map(BTreeMap::into_values);
        ranked.chain(usual).flat_map(ChunkedQueue::into_left)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Usual(queue) => queue.len(),
            Self::Ranked(queues) => queues.values().map(ChunkedQueue::len).sum(),
        }
    }

    /// The slots of all members, in order.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        let queues: Vec<_> = match self {
            Self::Usual(queue) => vec![queue],
            Self::Ranked(queues) => queues.values().collect(),
        };
        queues.into_iter().flat_map(ChunkedQueue::slots)
    }

    fn queue_mut(&mut self, place: u64) -> Option<&mut ChunkedQueue<T>> {
        match self {
            Self::Usual(queue) => Some(queue),
            Self::Ranked(queues) => queues.get_mut(&rank(place)),
        }
    }
}

impl<T> Default for PriorityQueue<T> {
    fn default() -> Self {
        Self::Usual(ChunkedQueue::default())
    }
}

/// The place of the member with this priority and this number of arrival.
pub(super) fn place(priority: u8, number: u64) -> u64 {
    u64::from(!priority) << RANK | number
}

fn rank(place: u64) -> u8 {
    (place >> RANK) as u8
}

/// The rank of priority 0.
const USUAL: u8 = u8::MAX;

/// Bits of a place below its rank. They suffice for one member per nanosecond for two years.
const RANK: u32 = 56;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn queue(priorities: &[u8]) -> PriorityQueue<usize> {
        let mut queue = PriorityQueue::default();
        for (number, priority) in priorities.iter().enumerate() {
            queue.push(place(*priority, number as u64), number as u32, Some(number));
        }
        queue
    }

    #[test]
    fn the_highest_priority_comes_first_and_then_the_oldest_waiter() {
        let priorities = [0, 3, 255, 0, 255, 7, 3];
        let mut queue = queue(&priorities);
        assert_eq!(queue.len(), 7);
        let expected = [2, 4, 5, 1, 6, 0, 3];
        assert!(queue.slots().eq(expected));
        for slot in expected {
            let (place, first) = queue.first().unwrap();
            assert_eq!(first, slot);
            assert_eq!(queue.left(place), Some(&(slot as usize)));
            assert_eq!(queue.remove(place), Some(slot as usize));
        }
        assert_eq!((queue.first(), queue.len()), (None, 0));
    }

    #[test]
    fn what_the_members_left_comes_out_in_that_order_too() {
        assert!(queue(&[0, 0, 0]).into_left().eq([0, 1, 2]));
        assert!(queue(&[0, 9, 0, 9]).into_left().eq([1, 3, 0, 2]));
    }
}
