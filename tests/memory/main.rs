//! What a hub weighs, and that it gives back what it took, to the byte.

mod answers;
mod floods;
mod held;
mod passes;
mod stress;
mod weight;

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;
