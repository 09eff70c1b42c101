//! The servers that `.ci/nodes` has started.

use std::env;
use std::process::Command;

use tokio_postgres::{Client, Config, NoTls};

/// A variable of `.ci/nodes`.
pub(crate) fn variable(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run .ci/nodes, which starts the servers"))
}

pub(crate) fn port_of(name: &str) -> u16 {
    variable(name).parse().unwrap()
}

/// The port of PostgreSQL itself.
pub(crate) fn port() -> u16 {
    port_of("PGPORT")
}

/// The database, through something at this port.
pub(crate) fn config(port: u16) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("postgres")
        .dbname("postgres");
    config
}

/// A connection for a test, which no fault breaks.
pub(crate) async fn client() -> Client {
    let (client, connection) = config(port()).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A connection to a database in which `table` is new and watched: `table:id` is the key of a row.
pub(crate) async fn client_with(table: &str, rows: usize) -> Client {
    let client = client().await;
    dacapo_postgres::install(&client).await.unwrap();
    let table = format!(
        "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (id int PRIMARY KEY, version int NOT NULL DEFAULT 0);
         INSERT INTO {table} SELECT generate_series(0, {rows} - 1); SELECT dacapo.watch('{table}', '{table}', 'id')"
    );
    client.batch_execute(&table).await.unwrap();
    client
}

/// Stops or restarts the server, and returns when that is done: `pg_ctl("restart -m fast")`.
pub(crate) async fn pg_ctl(arguments: &str) {
    let command = format!("cd / && {} {arguments} >/dev/null", variable("PG_CTL"));
    let run = move || Command::new("sh").args(["-c", &command]).status();
    let status = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    assert!(status.success(), "pg_ctl {arguments}");
}
