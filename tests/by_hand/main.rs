//! A long poll by hand, a map of channels and a timeout, beside the same handler here. For each of five failures, one
//! test shows that the version by hand has it, and another one that the version here has not.
//!
//! The guide's page shows these four programs, in `src/guide/by_hand`. `page.rs` checks what else it says.

#![expect(
    unreachable_pub,
    reason = "the programs are public where they are shown"
)]

#[path = "../../src/guide/by_hand/again_by_hand.rs"]
mod again_by_hand;
#[path = "../../src/guide/by_hand/again_here.rs"]
mod again_here;
mod between_two_polls;
mod check_and_wait;
mod entries;
mod notes;
#[path = "../../src/guide/by_hand/once_by_hand.rs"]
mod once_by_hand;
#[path = "../../src/guide/by_hand/once_here.rs"]
mod once_here;
mod page;
mod shutdown;
mod test_time;

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;
