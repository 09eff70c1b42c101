//! The number of clients that a test may have at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Permission for a test to have many clients at once. There is one permission at a time.
pub(crate) struct Crowd {
    pub(crate) clients: usize,
    _alone: MutexGuard<'static, ()>,
}

/// As many clients as wanted, or as the system has files for.
pub(crate) fn crowd(wanted: usize) -> Crowd {
    static CROWD: Mutex<()> = Mutex::new(());
    Crowd {
        // Each client has two ends, and both are in this process. Other tests need files too.
        clients: wanted.min(most_open_files() / 4),
        _alone: CROWD.lock().unwrap_or_else(PoisonError::into_inner),
    }
}

/// The limit that `ulimit -n` shows, where it can be read, and the lowest usual limit elsewhere.
fn most_open_files() -> usize {
    #[cfg(target_os = "linux")]
    if let Ok(soft) = rlimit::Resource::NOFILE.get_soft() {
        return soft.try_into().unwrap_or(usize::MAX);
    }
    256
}
