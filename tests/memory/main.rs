//! What a hub weighs, and that it gives back what it took, to the byte.

mod allocator;
mod answers;
mod floods;
mod held;
mod stress;
mod weight;
