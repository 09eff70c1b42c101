//! Which requests this thread is executing.

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use super::RequestState;

/// Requests whose passes are being polled, the outermost first: layers of several hubs may be around the same handler.
///
/// It has no destructor. So it can be used in the destructors of other thread-locals.
struct Scope {
    depth: Cell<usize>,
    requests: [Cell<*const RequestState>; LAYERS],
}

/// Layers of more hubs than this are possible, and the requests of the innermost ones are not told apart.
const LAYERS: usize = 4;

thread_local! {
    static SCOPE: Scope = const {
        Scope {
            depth: Cell::new(0),
            requests: [const { Cell::new(ptr::null()) }; LAYERS],
        }
    };
}

/// Does something on behalf of a request.
pub(crate) fn within<R>(state: &Arc<RequestState>, act: impl FnOnce() -> R) -> R {
    let _guard = ScopeGuard::new(state);
    state.subject.within(act)
}

/// Whether what happens now can happen on behalf of this request.
///
/// It cannot if this thread is executing other requests and not this one. Outside all passes it can, because the
/// handler may have moved to a task of its own.
pub(crate) fn may_be(state: &Arc<RequestState>) -> bool {
    SCOPE.with(|scope| match scope.requests.get(..scope.depth.get()) {
        None | Some([]) => true,
        Some(requests) => requests
            .iter()
            .any(|request| ptr::eq(request.get(), Arc::as_ptr(state))),
    })
}

/// Takes the request out of the scope again, even if a handler panics.
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
