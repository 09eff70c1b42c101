//! The waiters of one key, in the order of their arrival.

use std::collections::VecDeque;

/// A queue of what its members leave in it. It is dense, so that a walk through all of it runs at the speed of
/// memory. Any member can leave from the middle.
///
/// The queue consists of chunks of bounded length. An operation touches one chunk only, and never moves the members
/// of the others. The owner assigns the places: in ascending order, and each place once.
#[derive(Debug)]
pub(crate) struct ChunkedQueue<T> {
    /// In ascending order of places. No chunk is without a member.
    chunks: VecDeque<Chunk<T>>,
    len: usize,
}

impl<T> ChunkedQueue<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a member at the end. Its place must be above all earlier places.
    pub(super) fn push(&mut self, place: u64, slot: u32, left: Option<T>) {
        let full = |chunk: &Chunk<T>| place - chunk.first >= CHUNK as u64;
        if self.chunks.back().is_none_or(full) {
            if self.is_empty() {
                self.chunks.reserve_exact(1);
            }
            // As large as the chunk before: if its places were dense, these will be too.
            let capacity = self.chunks.back().map_or(FEW, |chunk| chunk.entries.len());
            self.chunks.push_back(Chunk::new(place, capacity));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(place, slot, left);
        }
        self.len += 1;
    }

    /// Removes the member at `place`, and returns what it left.
    pub(super) fn remove(&mut self, place: u64) -> Option<T> {
        let at = self.chunk_of(place)?;
        let chunk = &mut self.chunks[at];
        let entry = chunk.position(place)?;
        let left = chunk.vacate(entry);
        if chunk.members == 0 {
            self.chunks.remove(at);
        }
        self.len -= 1;
        left
    }

    /// The place and the slot of the first member.
    pub(super) fn first(&mut self) -> Option<(u64, u32)> {
        self.chunks.front_mut()?.first_member()
    }

    /// What the member at `place` leaves here.
    pub(super) fn left_mut(&mut self, place: u64) -> Option<&mut Option<T>> {
        let at = self.chunk_of(place)?;
        let chunk = &mut self.chunks[at];
        let entry = chunk.position(place)?;
        Some(&mut chunk.entries[entry].left)
    }

    /// What the member at `place` has left.
    pub(super) fn left(&self, place: u64) -> Option<&T> {
        let chunk = &self.chunks[self.chunk_of(place)?];
        chunk.entries[chunk.position(place)?].left.as_ref()
    }

    /// What all members have left, in order.
    pub(super) fn into_left(self) -> impl Iterator<Item = T> {
        let entries = self.chunks.into_iter().flat_map(|chunk| chunk.entries);
        entries.filter_map(|entry| entry.left)
    }

    /// The slots of all members, in order.
    #[cfg(all(test, not(loom)))]
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        let entries = self.chunks.iter().flat_map(|chunk| &chunk.entries);
        entries
            .filter(|entry| !entry.vacant)
            .map(|entry| entry.slot)
    }

    fn chunk_of(&self, place: u64) -> Option<usize> {
        let chunks = self.chunks.partition_point(|chunk| chunk.first <= place);
        chunks.checked_sub(1)
    }
}

impl<T> Default for ChunkedQueue<T> {
    fn default() -> Self {
        Self {
            chunks: VecDeque::new(),
            len: 0,
        }
    }
}

/// The entries of up to [`CHUNK`] consecutive places, in ascending order. Vacant entries are removed from time to
/// time.
#[derive(Debug)]
struct Chunk<T> {
    /// The place with offset 0.
    first: u64,
    entries: Vec<Entry<T>>,
    members: u16,
    /// All entries before this one are vacant.
    head: u16,
}

impl<T> Chunk<T> {
    fn new(first: u64, capacity: usize) -> Self {
        Self {
            first,
            entries: Vec::with_capacity(capacity),
            members: 0,
            head: 0,
        }
    }

    fn push(&mut self, place: u64, slot: u32, left: Option<T>) {
        self.entries.push(Entry {
            left,
            slot,
            offset: (place - self.first) as u8,
            vacant: false,
        });
        self.members += 1;
    }

    fn position(&self, place: u64) -> Option<usize> {
        let offset = u8::try_from(place - self.first).ok()?;
        // If no entry has been removed and no place was left out, an entry's index is its offset.
        let guess = usize::from(offset);
        let found = match self.entries.get(guess) {
            Some(entry) if entry.offset == offset => guess,
            _ => self
                .entries
                .binary_search_by_key(&offset, |entry| entry.offset)
                .ok()?,
        };
        (!self.entries[found].vacant).then_some(found)
    }

    fn first_member(&mut self) -> Option<(u64, u32)> {
        let head = usize::from(self.head);
        let first = head
            + self.entries[head..]
                .iter()
                .position(|entry| !entry.vacant)?;
        self.head = first as u16;
        let entry = &self.entries[first];
        Some((self.first + u64::from(entry.offset), entry.slot))
    }

    fn vacate(&mut self, at: usize) -> Option<T> {
        let entry = &mut self.entries[at];
        entry.vacant = true;
        let left = entry.left.take();
        self.members -= 1;
        let vacant = self.entries.len() - usize::from(self.members);
        if self.entries.len() >= WORTH_IT && vacant * 8 >= self.entries.len() {
            self.entries.retain(|entry| !entry.vacant);
            let spare = self.entries.capacity() - self.entries.len();
            // If members come and go, shrinking to the exact size would move all entries each time.
            if spare > 1 + self.entries.len() / 8 {
                self.entries.shrink_to_fit();
            }
            self.head = 0;
        }
        left
    }
}

/// One member, or the place of a member that has left. 24 bytes if it holds a waker.
#[derive(Debug)]
struct Entry<T> {
    left: Option<T>,
    slot: u32,
    /// Its place, relative to the first place of the chunk.
    offset: u8,
    vacant: bool,
}

/// Places per chunk. An offset must fit in a byte.
const CHUNK: usize = if cfg!(loom) { 2 } else { 1 << u8::BITS };

/// Capacity of a queue's first chunk: most queues are short.
const FEW: usize = 2;

/// With fewer entries than this, vacant ones are not removed.
const WORTH_IT: usize = if cfg!(loom) { 2 } else { 8 };

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn queue(members: u32) -> ChunkedQueue<u32> {
        let mut queue = ChunkedQueue::default();
        for slot in 0..members {
            queue.push(slot.into(), slot, Some(slot));
        }
        queue
    }

    fn memory(queue: &ChunkedQueue<u32>) -> usize {
        let entries: usize = queue
            .chunks
            .iter()
            .map(|chunk| chunk.entries.capacity())
            .sum();
        entries * size_of::<Entry<u32>>() + queue.chunks.capacity() * size_of::<Chunk<u32>>()
    }

    #[test]
    fn an_entry_with_a_waker_takes_24_bytes() {
        assert_eq!(size_of::<Entry<std::task::Waker>>(), 24);
    }

    #[test]
    fn members_leave_in_the_order_in_which_they_came() {
        let mut queue = queue(1000);
        for slot in 0..1000 {
            assert_eq!(queue.first(), Some((slot.into(), slot)));
            assert_eq!(queue.remove(slot.into()), Some(slot));
        }
        assert!(queue.is_empty());
        assert_eq!(queue.first(), None);
    }

    #[test]
    fn a_member_can_leave_from_the_middle_and_is_skipped() {
        let mut queue = queue(1000);
        for place in (0..1000).filter(|place| place % 7 != 0) {
            assert!(queue.remove(place).is_some());
            assert!(queue.remove(place).is_none(), "it has left");
        }
        assert_eq!(queue.len(), 143);
        assert!(queue.slots().eq((0..1000).step_by(7)));
        assert!(queue.left(7).is_some() && queue.left(8).is_none());
        assert_eq!(queue.first(), Some((0, 0)));
        assert!(queue.into_left().eq((0..1000).step_by(7)));
    }

    #[test]
    fn places_may_be_left_out() {
        let mut queue = ChunkedQueue::default();
        let places = [0, 3, 4, 255, 256, 700, 70_000];
        for place in places {
            queue.push(place, 0, Some(place));
        }
        for place in places {
            assert_eq!(queue.left(place), Some(&place));
            assert_eq!(
                queue.left(place + 1).is_some(),
                places.contains(&(place + 1))
            );
        }
        for place in places {
            assert_eq!(queue.first(), Some((place, 0)));
            assert_eq!(queue.remove(place), Some(place));
        }
    }

    #[test]
    fn a_queue_with_constant_turnover_stays_small() {
        let mut queue = queue(1);
        for place in 1..100_000 {
            queue.push(place, 0, None);
            queue.remove(place);
        }
        assert_eq!(queue.len(), 1);
        assert!(memory(&queue) < 4096, "{}", memory(&queue));
    }
}
