//! What a suspended request weighs, to the byte. The one test here has the process and its allocator to itself.
#![expect(unsafe_code, reason = "to count bytes is to be the allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dacapo::Hub;
use futures::FutureExt;

/// The system's allocator, which counts what is in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: it does what the system's allocator does.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const REQUESTS: usize = 100_000;

#[test]
fn a_waiter_weighs_at_most_128_bytes_and_leaves_next_to_nothing() {
    let (hub, _clock) = Hub::<usize>::manual();
    let mut requests: Vec<_> = (0..REQUESTS)
        .map(|key| {
            Box::pin(hub.run(move |c| async move {
                // Of the handler nothing is left, whatever it needs while it runs.
                let scratch = std::hint::black_box([0_u8; 1024]);
                std::future::ready(()).await;
                std::hint::black_box(&scratch);
                let timeout = Duration::from_millis(20_000 + key as u64 % 10_000);
                if c.is_initial() {
                    Err(c.suspend(&key, timeout))
                } else {
                    Ok(())
                }
            }))
        })
        .collect();

    let before = IN_USE.load(Ordering::Relaxed);
    for request in &mut requests {
        assert!(request.as_mut().now_or_never().is_none());
    }
    let suspended = IN_USE.load(Ordering::Relaxed) - before;
    assert!(
        suspended <= 128 * REQUESTS,
        "{} bytes each",
        suspended as f64 / REQUESTS as f64
    );

    for key in 0..REQUESTS {
        assert_eq!(hub.notify(&key), 1);
    }
    for request in &mut requests {
        assert!(request.as_mut().now_or_never().is_some());
    }
    let left = IN_USE.load(Ordering::Relaxed).saturating_sub(before);
    assert!(
        left <= 16 * REQUESTS,
        "{} bytes for each former one",
        left as f64 / REQUESTS as f64
    );
    println!(
        "{} bytes each, {} afterwards",
        suspended / REQUESTS,
        left as f64 / REQUESTS as f64
    );
}
