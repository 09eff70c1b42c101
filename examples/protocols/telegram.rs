//! Telegram's `getUpdates`. The model is a mailbox, of which the only consumer confirms what it has got.
//!
//! `GET /bot{token}/getUpdates?offset=7&limit=100&timeout=30` returns the updates from number 7 on, confirms those
//! before it, and waits for up to 30 seconds if there is none. A second request of the same bot ends the first one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dacapo::mailbox::{Mailbox, Position, PushError, Read};
use dacapo::{Continuation, Handle, Hub, Outcome};
use http::{Request, Response};
use serde_json::{Map, Value, json};

use crate::wire::{self, number};

#[derive(Clone)]
pub(crate) struct Telegram {
    updates: Mailbox<String, Update>,
    /// The latest request of each bot.
    pub(crate) consumers: Arc<Mutex<HashMap<String, Handle>>>,
}

/// What a bot gets: `{"message": { … }}`.
pub(crate) type Update = Map<String, Value>;

impl Telegram {
    pub(crate) fn new(hub: &Hub<String>) -> Self {
        // Telegram keeps updates for a day.
        let updates = Mailbox::builder(hub).max_age(Duration::from_secs(24 * 3600));
        let updates = updates.weigh(|update| json!(update).to_string().len());
        let (updates, consumers) = (updates.build(), Arc::default());
        Self { updates, consumers }
    }

    /// Adds an update for a bot.
    pub(crate) fn push(&self, bot: &str, update: Update) -> Result<Position, PushError<Update>> {
        self.updates.push(bot, update)
    }

    pub(crate) async fn get_updates(
        self,
        c: Continuation<String>,
        request: Request<Bytes>,
    ) -> Outcome<Response<Bytes>> {
        let path = request.uri().path();
        let Some(bot) = path
            .strip_prefix("/bot")
            .and_then(|path| path.strip_suffix("/getUpdates"))
        else {
            return Ok(failed(404, "Not Found"));
        };
        if c.is_initial() {
            let latest = c.handle();
            let (bots, name, id) = (Arc::clone(&self.consumers), bot.to_owned(), latest.id());
            let earlier = self
                .consumers
                .lock()
                .unwrap()
                .insert(bot.to_owned(), latest);
            let conflict = "Conflict: terminated by other getUpdates request";
            earlier.map(|earlier| earlier.complete(failed(409, conflict)));
            c.on_end(move |_| {
                let mut bots = bots.lock().unwrap();
                let is_latest = bots.get(&name).is_some_and(|latest| latest.id() == id);
                is_latest.then(|| bots.remove(&name));
            });
        }
        let after = self.confirm(bot, number(&request, "offset").unwrap_or(0));
        let limit = number(&request, "limit").unwrap_or(100).clamp(1, 100);
        // After a restart, the updates before it are gone, and Telegram has no word for that.
        let read = self.updates.read([bot], &after, limit as usize);
        let (Read::Batch(batch) | Read::Gap(batch)) = read;
        let timeout = number(&request, "timeout").unwrap_or(0).clamp(0, 50);
        if batch.items.is_empty() && timeout > 0 && !c.is_expired() {
            return Err(c.suspend(bot, Duration::from_secs(timeout as u64)));
        }
        let updates = batch.items.iter().map(|item| {
            let mut update = (**item).clone();
            update.insert("update_id".into(), item.position().number().into());
            update
        });
        let updates: Vec<_> = updates.collect();
        Ok(wire::json(200, &json!({ "ok": true, "result": updates })))
    }

    /// Forgets the updates before an offset, and returns the position before it. A negative one counts from the end.
    fn confirm(&self, bot: &str, offset: i64) -> Position {
        let after = match offset {
            0.. => self.updates.position_at((offset as u64).saturating_sub(1)),
            _ => {
                let all = self.updates.read([bot], &Position::default(), usize::MAX);
                let (Read::Batch(all) | Read::Gap(all)) = all;
                let mut before = all.items.iter().rev().skip(offset.unsigned_abs() as usize);
                let last = before.next();
                last.map(|last| last.position()).unwrap_or_default()
            }
        };
        self.updates.forget_before(bot, &after);
        after
    }
}

fn failed(code: u16, description: &str) -> Response<Bytes> {
    let failed = json!({ "ok": false, "error_code": code, "description": description });
    wire::json(code, &failed)
}
