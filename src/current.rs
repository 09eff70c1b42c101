//! Which requests this thread is executing at the moment.

use std::cell::RefCell;
use std::sync::Arc;

use crate::record::Record;

thread_local! {
    /// Requests whose passes are being polled, the outermost first: layers of two hubs may be
    /// around the same handler.
    static POLLED: RefCell<Vec<*const Record>> = const { RefCell::new(Vec::new()) };
}

/// Does something on behalf of a request.
pub(crate) fn within<R>(record: &Arc<Record>, act: impl FnOnce() -> R) -> R {
    let _polled = Polled::new(record);
    record.span.within(act)
}

/// Whether what happens now can happen on behalf of this request.
///
/// It cannot if this thread is executing others and not this one. Outside all passes nobody knows:
/// the handler may have moved to a task of its own.
pub(crate) fn may_be(record: &Arc<Record>) -> bool {
    POLLED.with_borrow(|polled| polled.is_empty() || polled.contains(&Arc::as_ptr(record)))
}

/// Takes the request off again, even if a handler panics.
struct Polled;

impl Polled {
    fn new(record: &Arc<Record>) -> Self {
        POLLED.with_borrow_mut(|polled| polled.push(Arc::as_ptr(record)));
        Self
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        POLLED.with_borrow_mut(Vec::pop);
    }
}
