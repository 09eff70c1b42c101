//! The cases, by operation.

pub(crate) mod expiry;
pub(crate) mod notify;
pub(crate) mod suspend;
pub(crate) mod tasks;
pub(crate) mod threads;
