//! Passes each connection on to the next node.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Serves until the process ends. A node that does not accept a connection is passed over.
pub(crate) async fn serve(socket: TcpListener, nodes: Vec<String>) -> std::io::Result<()> {
    let (nodes, turn) = (Arc::new(nodes), Arc::new(AtomicUsize::new(0)));
    loop {
        let (mut client, _) = socket.accept().await?;
        let (nodes, turn) = (nodes.clone(), turn.clone());
        tokio::spawn(async move {
            for _ in 0..nodes.len() {
                let node = &nodes[turn.fetch_add(1, Ordering::Relaxed) % nodes.len()];
                if let Ok(mut node) = TcpStream::connect(node).await {
                    let _ = copy_bidirectional(&mut client, &mut node).await;
                    return;
                }
            }
        });
    }
}
