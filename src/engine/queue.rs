//! The waiters of one key, in the order in which they came.

use std::collections::VecDeque;
use std::task::Waker;

/// A queue of wakers, dense so that all can be woken at the speed of memory, from whose middle any
/// can leave.
///
/// It is cut into chunks of bounded length: no operation looks at more than one of them, and none
/// touches the waiters that stay. A place in the queue is a number that neither changes nor comes
/// again.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Ascending by place, and none without a tenant.
    chunks: VecDeque<Chunk>,
    /// The place of the next to come.
    next: u64,
    len: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lets a waiter join at the end, and returns its place.
    pub(super) fn push(&mut self, slot: u32, waker: Option<Waker>) -> u64 {
        let place = self.next;
        let full = |chunk: &Chunk| place - chunk.first >= CHUNK as u64;
        if self.chunks.back().is_none_or(full) {
            if self.is_empty() {
                self.chunks.reserve_exact(1);
            }
            let capacity = if self.is_empty() { FEW } else { CHUNK };
            self.chunks.push_back(Chunk::new(place, capacity));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            chunk.push(place, slot, waker);
        }
        self.next += 1;
        self.len += 1;
        place
    }

    /// Lets the waiter at `place` go, and returns the waker that it left.
    pub(super) fn remove(&mut self, place: u64) -> Option<Waker> {
        let at = self.chunk_of(place)?;
        let chunk = &mut self.chunks[at];
        let entry = chunk.position(place)?;
        let waker = chunk.vacate(entry);
        if chunk.tenants == 0 {
            self.chunks.remove(at);
        }
        self.len -= 1;
        waker
    }

    /// The slot of the one who came first.
    pub(super) fn first(&mut self) -> Option<u32> {
        let chunk = self.chunks.front_mut()?;
        let first = chunk.first_tenant()?;
        Some(chunk.entries[first].slot)
    }

    /// Where the waiter at `place` keeps its waker.
    pub(super) fn waker_mut(&mut self, place: u64) -> Option<&mut Option<Waker>> {
        let at = self.chunk_of(place)?;
        let chunk = &mut self.chunks[at];
        let entry = chunk.position(place)?;
        Some(&mut chunk.entries[entry].waker)
    }

    /// The waker of the waiter at `place`, if it has left one.
    pub(super) fn waker(&self, place: u64) -> Option<&Waker> {
        let chunk = &self.chunks[self.chunk_of(place)?];
        chunk.entries[chunk.position(place)?].waker.as_ref()
    }

    /// The slots of all who wait, first come first.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        let entries = self.chunks.iter().flat_map(|chunk| &chunk.entries);
        entries
            .filter(|entry| !entry.vacant)
            .map(|entry| entry.slot)
    }

    /// The wakers of all who have left one, first come first.
    pub(super) fn into_wakers(self) -> impl Iterator<Item = Waker> {
        self.chunks
            .into_iter()
            .flat_map(|chunk| chunk.entries)
            .filter_map(|entry| entry.waker)
    }

    fn chunk_of(&self, place: u64) -> Option<usize> {
        self.chunks
            .partition_point(|chunk| chunk.first <= place)
            .checked_sub(1)
    }
}

/// The entries of up to [`CHUNK`] consecutive places, ascending, vacant ones thrown out now and
/// then.
#[derive(Debug)]
struct Chunk {
    /// The place that offset 0 stands for.
    first: u64,
    entries: Vec<Entry>,
    tenants: u16,
    /// Every entry before this one is vacant.
    head: u16,
}

impl Chunk {
    fn new(first: u64, capacity: usize) -> Self {
        Self {
            first,
            entries: Vec::with_capacity(capacity),
            tenants: 0,
            head: 0,
        }
    }

    fn push(&mut self, place: u64, slot: u32, waker: Option<Waker>) {
        self.entries.push(Entry {
            waker,
            slot,
            offset: (place - self.first) as u8,
            vacant: false,
        });
        self.tenants += 1;
    }

    fn position(&self, place: u64) -> Option<usize> {
        let offset = u8::try_from(place - self.first).ok()?;
        // While no entry has been thrown out, each stands where its offset says.
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

    fn first_tenant(&mut self) -> Option<usize> {
        let head = usize::from(self.head);
        let first = head
            + self.entries[head..]
                .iter()
                .position(|entry| !entry.vacant)?;
        self.head = first as u16;
        Some(first)
    }

    fn vacate(&mut self, at: usize) -> Option<Waker> {
        let entry = &mut self.entries[at];
        entry.vacant = true;
        let waker = entry.waker.take();
        self.tenants -= 1;
        if self.entries.len() >= WORTH_IT && usize::from(self.tenants) * 4 <= self.entries.len() {
            self.entries.retain(|entry| !entry.vacant);
            self.entries.shrink_to_fit();
            self.head = 0;
        }
        waker
    }
}

/// One waiter, or the place that one has left. 24 bytes.
#[derive(Debug)]
struct Entry {
    waker: Option<Waker>,
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
const WORTH_IT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(n: u32) -> Queue {
        let mut queue = Queue::default();
        (0..n).for_each(|slot| {
            assert_eq!(
                queue.push(slot, Some(Waker::noop().clone())),
                u64::from(slot)
            )
        });
        queue
    }

    fn memory(queue: &Queue) -> usize {
        let entries: usize = queue
            .chunks
            .iter()
            .map(|chunk| chunk.entries.capacity())
            .sum();
        entries * size_of::<Entry>() + queue.chunks.capacity() * size_of::<Chunk>()
    }

    #[test]
    fn an_entry_takes_24_bytes() {
        assert_eq!(size_of::<Entry>(), 24);
    }

    #[test]
    fn waiters_leave_in_the_order_in_which_they_came() {
        let mut queue = queue(1000);
        for slot in 0..1000 {
            assert_eq!(queue.first(), Some(slot));
            assert!(queue.remove(slot.into()).is_some());
        }
        assert!(queue.is_empty());
    }

    #[test]
    fn a_waiter_can_leave_from_the_middle_and_is_skipped() {
        let mut queue = queue(1000);
        for place in (0..1000).filter(|place| place % 7 != 0) {
            assert!(queue.remove(place).is_some());
            assert!(queue.remove(place).is_none(), "it has left");
        }
        assert_eq!(queue.len(), 143);
        assert!(queue.slots().eq((0..1000).step_by(7)));
        assert!(queue.waker(7).is_some() && queue.waker(8).is_none());
        assert_eq!(queue.first(), Some(0));
        assert_eq!(queue.into_wakers().count(), 143);
    }

    #[test]
    fn a_queue_that_turns_over_for_ever_stays_small() {
        let mut queue = queue(1);
        for round in 0..100_000 {
            let place = queue.push(round, None);
            queue.remove(place);
        }
        assert_eq!(queue.len(), 1);
        assert!(memory(&queue) < 4096, "{}", memory(&queue));
    }
}
