//! The memory of held requests, to the byte, and the time that a single operation can take.
//!
//! `cargo bench --bench memory -- [--quick]`

mod crowd;
mod duration;
mod weight;

use support::contenders::{OnEventListener, OnNotify, OnWatch, Ours};

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let size = if is_quick { 100_000 } else { 1_000_000 };
    println!("{size} requests\n\n| figure | here | target |\n|---|---|---|");
    let runtime = weight::paused();
    let _entered = runtime.enter();
    weight::of_a_waiter(size, &runtime);
    weight::of_a_request::<Ours>(size, &runtime);
    weight::of_a_request::<OnNotify>(size, &runtime);
    weight::of_a_request::<OnWatch>(size, &runtime);
    weight::of_a_request::<OnEventListener>(size, &runtime);
    weight::of_a_notify_that_nobody_hears(&runtime);
    duration::of_a_single_operation(size);
}
