//! Work that takes a while, and whose result comes from elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use dacapo::{Continuation, Hub, Suspended};

/// Clones are the same jobs. A job is known as long as the request that has begun it lasts, so there are no more of
/// them than requests that are held.
#[derive(Clone)]
pub(crate) struct Jobs {
    hub: Hub<String>,
    pub(crate) table: Arc<Mutex<Table>>,
}

#[derive(Default)]
pub(crate) struct Table {
    /// How many there have been. A number is never used again.
    pub(crate) begun: usize,
    pub(crate) open: HashMap<usize, Job>,
}

/// What has been begun, and the result.
pub(crate) type Job = (String, Option<String>);

impl Jobs {
    pub(crate) fn new(hub: &Hub<String>) -> Self {
        let (hub, table) = (hub.clone(), Arc::default());
        Self { hub, table }
    }

    /// Begins a job for a request, and returns its number.
    pub(crate) fn begin(&self, c: &Continuation<String>, what: &str) -> usize {
        let mut table = self.table();
        let number = table.begun;
        table.begun += 1;
        table.open.insert(number, (what.to_owned(), None));
        drop(table);
        let jobs = self.clone();
        c.on_end(move |_| _ = jobs.table().open.remove(&number));
        number
    }

    /// The result of a job, if it is there.
    pub(crate) fn result(&self, number: usize) -> Option<String> {
        self.table().open.get(&number)?.1.clone()
    }

    /// Waits until a job is done, or for a minute.
    pub(crate) fn wait(&self, c: &Continuation<String>, number: usize) -> Suspended {
        c.suspend(&format!("job {number}"), Duration::from_secs(60))
    }

    /// A job is done, if there is such a job.
    pub(crate) fn finish(&self, number: usize, result: &str) -> Option<()> {
        self.table().open.get_mut(&number)?.1 = Some(result.to_owned());
        self.hub.notify(&format!("job {number}"));
        Some(())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap()
    }
}
