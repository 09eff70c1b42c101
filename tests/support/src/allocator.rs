//! An allocator that counts.
#![expect(unsafe_code, reason = "only the allocator can count bytes")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The system's allocator. If it is the global allocator, it counts what is in use.
#[derive(Debug)]
pub struct Counting;

/// In bytes.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    /// The part that this thread has allocated, less what it has freed.
    static TAKEN: Cell<isize> = const { Cell::new(0) };
    /// How many times this thread has allocated.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    IN_USE.fetch_add(bytes, Ordering::Relaxed);
    TAKEN.set(TAKEN.get() + bytes);
}

// SAFETY: it does what the system's allocator does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// A moment from which allocations are counted, less what is freed.
pub struct Mark {
    before: isize,
    taken: fn() -> isize,
    allocations: usize,
}

impl Mark {
    /// Counts this thread.
    pub fn here() -> Self {
        Self::new(|| TAKEN.get())
    }

    /// Counts all threads.
    pub fn everywhere() -> Self {
        Self::new(|| IN_USE.load(Ordering::Relaxed))
    }

    fn new(taken: fn() -> isize) -> Self {
        Self {
            before: taken(),
            taken,
            allocations: ALLOCATIONS.get(),
        }
    }

    /// The bytes in use since then.
    pub fn bytes(&self) -> usize {
        usize::try_from((self.taken)() - self.before).unwrap_or(0)
    }

    /// How many times this thread has allocated since then.
    pub fn allocations(&self) -> usize {
        ALLOCATIONS.get() - self.allocations
    }
}

/// The count of all threads includes other tests, so all tests of such a binary run one after another.
pub fn alone() -> MutexGuard<'static, ()> {
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
