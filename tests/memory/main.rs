//! The memory of a hub, to the byte, and that the hub returns it.

mod answers;
mod floods;
mod held;
mod passes;
mod stress;
mod weight;

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;
