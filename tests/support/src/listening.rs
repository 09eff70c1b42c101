//! A server on a socket, on its own thread.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

/// A server that listens on the loopback interface.
pub struct Listening {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<()>,
}

impl Listening {
    /// Runs a server that tells where it listens, and ends when it is told to, gracefully, or when the sender of that
    /// is gone, at once.
    pub fn start(
        run: impl FnOnce(oneshot::Sender<SocketAddr>, oneshot::Receiver<()>) + Send + 'static,
    ) -> Self {
        let (bound, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || run(bound, stopped));
        Self {
            address: address.blocking_recv().unwrap(),
            stop: Some(stop),
            thread,
        }
    }

    /// Asks it to shut down gracefully.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Returns when it has ended.
    pub fn ended(self) {
        until("the server has ended", || self.has_ended());
        self.thread.join().unwrap();
    }
}

/// Waits until it is so, within bounds: what never comes fails the test instead of hanging it.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200_000_000_u64 {
        if is_so() {
            return;
        }
        thread::yield_now();
    }
    panic!("not so: {what}");
}
