//! The schedules in the database.

use std::collections::BTreeMap;

use deadpool_postgres::{Manager, Pool, PoolError};
use tokio_postgres::{Config, NoTls};

#[derive(Clone)]
pub(crate) struct Store {
    pool: Pool,
}

#[derive(serde::Serialize)]
pub(crate) struct Schedule {
    pub(crate) id: i32,
    title: String,
    /// The text of each day that has one: 0 is Monday.
    days: BTreeMap<i32, String>,
}

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct StoreError(#[from] PoolError);

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error.into())
    }
}

impl Store {
    /// Connects, and makes the tables if they are not there.
    pub(crate) async fn open(config: Config) -> Result<Self, Box<dyn std::error::Error>> {
        let pool = Pool::builder(Manager::new(config, NoTls)).build()?;
        let client = pool.get().await?;
        dacapo_postgres::install(&**client).await?;
        client.batch_execute(include_str!("schema.sql")).await?;
        drop(client);
        Ok(Self { pool })
    }

    /// Returns the schedules that are shared with a person.
    pub(crate) async fn schedules_of(&self, person: &str) -> Result<Vec<Schedule>, StoreError> {
        let client = self.pool.get().await?;
        let read = "SELECT id, title, day, text FROM shares JOIN schedules ON id = shares.schedule
                    LEFT JOIN entries ON id = entries.schedule WHERE person = $1 ORDER BY id, day";
        let mut schedules: Vec<Schedule> = Vec::new();
        for row in client.query(read, &[&person]).await? {
            let id = row.get(0);
            if schedules.last().is_none_or(|schedule| schedule.id != id) {
                let (title, days) = (row.get(1), BTreeMap::new());
                schedules.push(Schedule { id, title, days });
            }
            if let (Some(schedule), Some(day)) = (schedules.last_mut(), row.get(2)) {
                schedule.days.insert(day, row.get(3));
            }
        }
        Ok(schedules)
    }

    /// Writes a day of a schedule that is shared with this person. Returns whether there is one.
    pub(crate) async fn write(
        &self,
        person: &str,
        actor: &str,
        schedule: i32,
        day: i32,
        text: &str,
    ) -> Result<bool, StoreError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute("SELECT dacapo.by($1)", &[&actor])
            .await?;
        let write = "INSERT INTO entries SELECT schedule, $3, $4 FROM shares
                     WHERE person = $1 AND schedule = $2 AND $3 BETWEEN 0 AND 6
                     ON CONFLICT (schedule, day) DO UPDATE SET text = excluded.text";
        let rows = transaction
            .execute(write, &[&person, &schedule, &day, &text])
            .await?;
        transaction.commit().await?;
        Ok(rows > 0)
    }
}
