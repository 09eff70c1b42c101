//! What a hub weighs, and that it gives back what it took, to the byte.

mod allocator;
mod answers;
#[path = "../dice.rs"]
mod dice;
mod floods;
mod stress;
mod weight;
