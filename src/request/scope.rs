//! The requests that this thread is executing.

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use super::RequestState;

/// The requests whose passes this thread is polling, the outermost first. There may be several, because layers of
/// several hubs may enclose the same handler.
///
/// It has no destructor, so the destructors of other thread-locals can use it.
struct Scope {
    depth: Cell<usize>,
    requests: [Cell<*const RequestState>; LAYERS],
}

/// More layers than this are possible, but then the innermost requests are not distinguished.
const LAYERS: usize = 4;

thread_local! {
    static SCOPE: Scope = const {
        Scope {
            depth: Cell::new(0),
            requests: [const { Cell::new(ptr::null()) }; LAYERS],
        }
    };
}

/// Calls `act` on behalf of a request.
pub(crate) fn within<R>(state: &Arc<RequestState>, act: impl FnOnce() -> R) -> R {
    let _guard = ScopeGuard::new(state);
    state.subject.within(act)
}

/// Whether the present call may be on behalf of this request.
///
/// It may not if this thread is executing other requests and not this one. Outside all passes it may, because the
/// handler may have moved to another task.
pub(crate) fn may_be(state: &Arc<RequestState>) -> bool {
    SCOPE.with(|scope| match scope.requests.get(..scope.depth.get()) {
        None | Some([]) => true,
        Some(requests) => requests
            .iter()
            .any(|request| ptr::eq(request.get(), Arc::as_ptr(state))),
    })
}

/// Removes the request from the scope again, even if a handler panics.
struct ScopeGuard;

impl ScopeGuard {
    fn new(state: &Arc<RequestState>) -> Self {
        SCOPE.with(|scope| {
            let depth = scope.depth.get();
            if let Some(request) = scope.requests.get(depth) {
                request.set(Arc::as_ptr(state));
            }
            scope.depth.set(depth + 1);
        });
        Self
    }
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        SCOPE.with(|scope| scope.depth.set(scope.depth.get() - 1));
    }
}
