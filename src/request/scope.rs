//! Which requests this thread is executing.

use std::cell::RefCell;
use std::sync::Arc;

use super::RequestState;

thread_local! {
    /// Requests whose passes are being polled, the outermost first: layers of two hubs may be
    /// around the same handler.
    static SCOPE: RefCell<Vec<*const RequestState>> = const { RefCell::new(Vec::new()) };
}

/// Does something on behalf of a request.
pub(crate) fn within<R>(state: &Arc<RequestState>, act: impl FnOnce() -> R) -> R {
    let _guard = ScopeGuard::new(state);
    state.subject.within(act)
}

/// Whether what happens now can happen on behalf of this request.
///
/// It cannot if this thread is executing other requests and not this one. Outside all passes it can, because the
/// handler may have moved to a task of its own. It also can where thread-locals are gone, in the destructor of another
/// one.
pub(crate) fn may_be(state: &Arc<RequestState>) -> bool {
    let is_in_scope = |scope: &RefCell<Vec<_>>| {
        let scope = scope.borrow();
        scope.is_empty() || scope.contains(&Arc::as_ptr(state))
    };
    SCOPE.try_with(is_in_scope).unwrap_or(true)
}

/// Takes the request out of the scope again, even if a handler panics.
struct ScopeGuard;

impl ScopeGuard {
    fn new(state: &Arc<RequestState>) -> Self {
        let _ = SCOPE.try_with(|scope| scope.borrow_mut().push(Arc::as_ptr(state)));
        Self
    }
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        let _ = SCOPE.try_with(|scope| scope.borrow_mut().pop());
    }
}
