//! The functions and triggers in the database.

use tokio_postgres::{Error, GenericClient};

/// The script that [`install`] runs. It is also a file of this crate, `dacapo.sql`, for
/// `psql -1 -f` and for migrations.
pub const SQL: &str = include_str!("../dacapo.sql");

/// The version of the script. In the database, `SELECT dacapo.version()` returns the version that
/// is installed.
pub const VERSION: i32 = 1;

/// Installs the script in the current database, unless this version or a newer one is there.
///
/// Call it when a node starts. Nodes of several versions can do so at the same time: an older node
/// keeps the newer script, which also serves it. If the script is there, this needs no rights. To
/// install it, the role needs the right to create a schema; to [watch](crate#watch-a-table) a
/// table, it must own the table.
///
/// ```no_run
/// # async fn f(client: tokio_postgres::Client) -> Result<(), tokio_postgres::Error> {
/// dacapo_postgres::install(&client).await?;
/// client.batch_execute("SELECT dacapo.watch('schedules', 'schedule', 'id')").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// The error of the database, for example a missing right. Then nothing has changed.
///
/// # Cancel safety
///
/// If you drop the future, the script is installed as a whole or not at all.
pub async fn install(client: &impl GenericClient) -> Result<(), Error> {
    if is_installed(client).await? {
        return Ok(());
    }
    match client.batch_execute(SQL).await {
        // A newer node was faster, and the script has refused to replace the newer one.
        Err(_) if is_installed(client).await.unwrap_or(false) => Ok(()),
        done => done,
    }
}

/// Whether this version or a newer one is in the database.
async fn is_installed(client: &impl GenericClient) -> Result<bool, Error> {
    Ok(installed(client).await? >= Some(VERSION))
}

/// The version in the database.
async fn installed(client: &impl GenericClient) -> Result<Option<i32>, Error> {
    let exists = "SELECT to_regprocedure('dacapo.version()') IS NOT NULL";
    if !client.query_one(exists, &[]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let version = client.query_one("SELECT dacapo.version()", &[]).await?;
    Ok(Some(version.get(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_the_version_of_the_crate() {
        let script = SQL.split_whitespace().collect::<Vec<_>>().join(" ");
        for place in [
            format!(
                "dacapo.version() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {VERSION};"
            ),
            format!("IF dacapo.version() > {VERSION} THEN"),
            format!("the older version {VERSION}'"),
        ] {
            assert!(script.contains(&place), "{place}");
        }
    }
}
