//! The signal to end a server.

use tokio::signal;

/// Waits for Ctrl-C, or for SIGTERM, with which Docker, systemd and Kubernetes end a process.
pub(crate) async fn shutdown_signal() {
    let interrupted = async { signal::ctrl_c().await.expect("Ctrl-C can be heard") };
    #[cfg(unix)]
    let terminated = async {
        let terminate = signal::unix::SignalKind::terminate();
        signal::unix::signal(terminate)
            .expect("SIGTERM can be heard")
            .recv()
            .await;
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
