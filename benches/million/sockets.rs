//! Over HTTP/2: the server is a separate process, and the clients are in this one.

use std::io;
use std::time::Duration;

use support::measure::Watch;

use crate::client::Clients;
use crate::frames::Status;
use crate::phase::{A_LITTLE_EARLIER, Phase, report, report_memory};
use crate::remote::Remote;

/// Holds this number of requests, on connections with [`STREAMS`] each. It does so three times: to wake them all, to
/// let them all expire, and to shut down.
pub(crate) async fn measure(connections: usize) -> io::Result<()> {
    let requests = connections * STREAMS;
    println!(
        "\n| {requests} requests on {connections} connections of HTTP/2 | | each |\n|---|---|---|"
    );
    let mut server = Remote::start()?;
    let nobody = server.process.memory();
    let mut clients = Clients::connect(server.address, connections).await?;
    let idle = server.process.memory();

    let phase = Phase::begin(&server.process);
    take_in(&mut server, &mut clients).await?;
    let patience = 2 * phase.end("to hold them", requests) + Duration::from_secs(5);
    report_memory("memory", requests, &server.process, nobody);
    report_memory("– above idle connections", requests, &server.process, idle);

    wake(&mut server, &clients).await;
    server.ask(&format!("expire {}", patience.as_millis()));
    let watch = Watch::start();
    take_in(&mut server, &mut clients).await?;
    let left = patience.saturating_sub(watch.elapsed() + A_LITTLE_EARLIER);
    expire(&server, &clients, left).await;

    server.ask(&format!("expire {}", FOR_LONG.as_millis()));
    take_in(&mut server, &mut clients).await?;
    shut_down(server, clients).await
}

async fn take_in(server: &mut Remote, clients: &mut Clients) -> io::Result<()> {
    clients.ask(STREAMS).await?;
    let requests = clients.awaited().to_string();
    while server.ask("held") != requests {
        assert_eq!(clients.answered(), 0, "they are held");
        tokio::time::sleep(A_MOMENT).await;
    }
    Ok(())
}

async fn wake(server: &mut Remote, clients: &Clients) {
    let (requests, phase) = (clients.awaited(), Phase::begin(&server.process));
    server.tell(&format!("wake {requests}"));
    clients.answers(Status::Ok).await;
    phase.end("to wake them by their keys", requests);
    assert_eq!(server.hear(), requests.to_string());
}

async fn expire(server: &Remote, clients: &Clients, left: Duration) {
    tokio::time::sleep(left).await;
    assert_eq!(clients.answered(), 0, "none has expired yet");
    let phase = Phase::begin(&server.process);
    clients.answers(Status::NoContent).await;
    phase.end("to let them all expire in one moment", clients.awaited());
}

async fn shut_down(mut server: Remote, clients: Clients) -> io::Result<()> {
    let (requests, watch) = (clients.awaited(), Watch::start());
    server.tell("shutdown");
    clients.answers(Status::Other).await;
    clients.closed().await;
    let computed = Duration::from_nanos(server.hear().parse().expect("a number"));
    server.end()?;
    report("to shut down", requests, watch.elapsed(), computed);
    Ok(())
}

/// The default limit of hyper.
pub(crate) const STREAMS: usize = 200;

const FOR_LONG: Duration = Duration::from_secs(24 * 60 * 60);

const A_MOMENT: Duration = Duration::from_millis(50);
