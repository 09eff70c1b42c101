//! Several nodes install the script.

use futures::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use dacapo_postgres::{SQL, VERSION, install};

use crate::database::client;
use crate::node::{MS, SLACK};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_install_it_together() {
    let clients = join_all((0..8).map(|_| client())).await;
    let table = "DROP TABLE IF EXISTS shared; CREATE TABLE shared (id int)";
    clients[0].batch_execute(table).await.unwrap();
    for _ in 0..20 {
        let uninstall = "DROP SCHEMA IF EXISTS dacapo CASCADE";
        clients[0].batch_execute(uninstall).await.unwrap();
        for installed in join_all(clients.iter().map(install)).await {
            installed.unwrap();
        }
        let watch = "SELECT dacapo.watch('shared', 'shared', 'id')";
        for watched in join_all(clients.iter().map(|client| client.batch_execute(watch))).await {
            watched.unwrap();
        }
        assert_eq!(version(&clients[0]).await, VERSION);
    }
}

#[tokio::test]
async fn an_older_node_keeps_the_script_of_a_newer_one() {
    let client = client().await;
    install(&client).await.unwrap();
    let newer = "CREATE OR REPLACE FUNCTION dacapo.version() RETURNS int LANGUAGE sql IMMUTABLE RETURN 2147483647";
    client.batch_execute(newer).await.unwrap();
    install(&client).await.unwrap();
    assert_eq!(version(&client).await, i32::MAX);
    client
        .batch_execute("DROP SCHEMA dacapo CASCADE")
        .await
        .unwrap();
}

/// The newer node has the lock when the older one has found nothing.
#[tokio::test]
async fn an_older_node_keeps_the_script_that_a_newer_one_installs_meanwhile() {
    let (newer, older) = (client().await, client().await);
    let uninstall = "DROP SCHEMA IF EXISTS dacapo CASCADE";
    newer.batch_execute(uninstall).await.unwrap();
    let begin = format!("BEGIN; {SQL}");
    newer.batch_execute(&begin).await.unwrap();
    let (installed, ()) = tokio::join!(install(&older), async {
        waits_for_a_lock(&newer).await;
        let version = "CREATE OR REPLACE FUNCTION dacapo.version() RETURNS int LANGUAGE sql IMMUTABLE RETURN 2147483647";
        newer.batch_execute(version).await.unwrap();
        newer.batch_execute("COMMIT").await.unwrap();
    });
    installed.unwrap();
    assert_eq!(version(&older).await, i32::MAX);
    newer.batch_execute(uninstall).await.unwrap();
}

async fn waits_for_a_lock(client: &Client) {
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let waits = async {
        while client
            .query_one(waiting, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {
            sleep(10 * MS).await;
        }
    };
    timeout(10 * SLACK, waits)
        .await
        .expect("it waits for the lock");
}

#[tokio::test]
async fn a_role_without_rights_starts_when_it_is_installed() {
    let client = client().await;
    install(&client).await.unwrap();
    client
        .batch_execute("CREATE ROLE guest; SET ROLE guest")
        .await
        .unwrap();
    install(&client).await.unwrap();
    client
        .batch_execute("RESET ROLE; DROP ROLE guest")
        .await
        .unwrap();
}

async fn version(client: &Client) -> i32 {
    client
        .query_one("SELECT dacapo.version()", &[])
        .await
        .unwrap()
        .get(0)
}
