//! The waiters of one key, in the order in which they came.

use std::collections::VecDeque;

/// A queue of what its members leave in it. It is dense, so that all of it can be gone through at the speed of memory.
/// Any member can leave from the middle.
///
/// It is cut into chunks of bounded length: no operation looks at more than one of them, and none
/// touches the members that stay. Places are given by the owner, ascending, and none is used twice.
#[derive(Debug)]
pub(crate) struct ChunkedQueue<T> {
    /// Ascending by place, and none without a member.
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

    /// Lets a member join at the end, at a place after all that have been given before.
    pub(super) fn push(&mut self, place: u64, slot: u32, left: Option<T>) {
        let full = |chunk: &Chunk<T>| place - chunk.first >= CHUNK as u64;
        if self.chunks.back().is_none_or(full) {
            if self.is_empty() {
                self.chunks.reserve_exact(1);
            }
            // As many as came before: places are dense, or they are not.
            let capacity = self.chunks.back().map_or(FEW, |chunk| chunk.entries.len());
            self.chunks.push_back(Chunk::new(place, capacity));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(place, slot, left);
        }
        self.len += 1;
    }

    /// Lets the member at `place` go, and returns what it left.
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

    /// The place and the slot of the member that came first.
    pub(super) fn first(&mut self) -> Option<(u64, u32)> {
        self.chunks.front_mut()?.first_member()
    }

    /// Where the member at `place` leaves things.
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

    /// What all members have left, first come first.
    pub(super) fn into_left(self) -> impl Iterator<Item = T> {
        let entries = self.chunks.into_iter().flat_map(|chunk| chunk.entries);
        entries.filter_map(|entry| entry.left)
    }

    /// The slots of all members, first come first.
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

/// The entries of up to [`CHUNK`] consecutive places, ascending, vacant ones thrown out now and
/// then.
#[derive(Debug)]
struct Chunk<T> {
    /// The place that offset 0 stands for.
    first: u64,
    entries: Vec<Entry<T>>,
    members: u16,
    /// Every entry before this one is vacant.
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
        // While no entry has been thrown out, and no place left out, each stands where its offset
        // says.
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
            // Otherwise members that come and go would move all the others each time.
            if spare > 1 + self.entries.len() / 8 {
                self.entries.shrink_to_fit();
            }
            self.head = 0;
        }
        left
    }
}

/// One member, or the place that one had. 24 bytes if it leaves a waker.
#[derive(Debug)]
struct Entry<T> {
    left: Option<T>,
    slot: u32,
    /// Its place, counted from the chunk's first.
    offset: u8,
    vacant: bool,
}

/// Places per chunk, so that an offset fits in a byte.
const CHUNK: usize = if cfg!(loom) { 2 } else { 1 << u8::BITS };

/// Room in the first chunk of a queue: most queues are short.
const FEW: usize = 2;

/// Entries below which throwing out the vacant ones is not worth it.
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
    fn a_queue_that_turns_over_for_ever_stays_small() {
        let mut queue = queue(1);
        for place in 1..100_000 {
            queue.push(place, 0, None);
            queue.remove(place);
        }
        assert_eq!(queue.len(), 1);
        assert!(memory(&queue) < 4096, "{}", memory(&queue));
    }
}
