//! The server from its first connection to its last.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, oneshot};
use tokio::time::{sleep, timeout};

use crate::application::Application;
use crate::connection;
use crate::limits::{LAST_ANSWERS, Limits};
use crate::signals::shutdown_signal;

/// What all connections share.
pub(crate) struct Server {
    pub(crate) application: Application,
    pub(crate) limits: Limits,
    /// Comes round to all idle clients. A timer for each request would cost a third of what the request does.
    round: Notify,
    /// Dropped with the last connection.
    _open: oneshot::Sender<Infallible>,
}

/// Serves until it is told to end.
pub(crate) async fn serve(port: u16, limits: Limits) -> io::Result<()> {
    let listener = listen(port)?;
    println!("holding on http://{}", listener.local_addr()?);
    let (open, all_closed) = oneshot::channel();
    let server = Arc::new(Server {
        application: Application::new(),
        limits,
        round: Notify::new(),
        _open: open,
    });
    tokio::select! {
        () = accept(listener, &server) => {}
        () = server.go_round() => {}
        () = shutdown_signal() => {}
    }
    let hub = &server.application.hub;
    hub.shutdown();
    server.round.notify_waiters();
    hub.drained().await;
    drop(server);
    let _ = timeout(LAST_ANSWERS, all_closed).await;
    Ok(())
}

/// In how many rounds a client that is idle all the time is cut. The first may come at once.
const ROUNDS: u32 = 4;

impl Server {
    async fn go_round(&self) {
        loop {
            sleep(self.limits.idle / ROUNDS).await;
            self.round.notify_waiters();
        }
    }

    /// Waits until a client has been idle for too long, or the server ends.
    pub(crate) async fn idle_for_too_long(&self) {
        for _ in 0..=ROUNDS {
            let round = self.round.notified(); // before the look: a shutdown after it is not missed
            if self.application.hub.is_shut_down() {
                return;
            }
            round.await;
        }
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(unix)] // elsewhere it lets two servers have the same port
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], port).into())?;
    socket.listen(4096)
}

/// Never ends by itself: an error is that of one connection, or passes.
async fn accept(listener: TcpListener, server: &Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is written as a whole: there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection::serve(stream, Arc::clone(server)));
            }
            // There may be no file descriptor left, and then the next try fails as well until a client goes.
            Err(error) => {
                eprintln!("no connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
