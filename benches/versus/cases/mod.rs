//! The cases, by operation.

pub(crate) mod cursors;
pub(crate) mod expiry;
pub(crate) mod mailbox;
pub(crate) mod notify;
pub(crate) mod streams;
pub(crate) mod suspend;
pub(crate) mod tasks;
pub(crate) mod threads;
