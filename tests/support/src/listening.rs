//! A server on a socket, on a separate thread.

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
    /// Runs a server that reports its address. It ends gracefully when it gets the signal, and at once when the
    /// sender of the signal has been dropped.
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

    /// Asks the server to shut down gracefully.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Returns when the server has ended.
    pub fn ended(self) {
        until("the server has ended", || self.has_ended());
        self.thread.join().unwrap();
    }
}

/// Waits until a condition holds, for a limited time. If it never holds, the test fails and does not hang.
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
