//! The conditions that are broken.

use crate::mutant::{Edit, Mutant};

/// In the order of the files.
pub(crate) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "park-without-looking",
        edits: &[Edit {
            file: "src/engine/shard/mod.rs",
            text: "self.ending(waiter).or(expired)",
            broken: "self.ending(waiter).filter(|_| false).or(expired)",
        }],
    },
    Mutant {
        name: "register-without-comparing",
        edits: &[Edit {
            file: "src/engine/shard/mod.rs",
            text: "|key| self.stripes.raised_since(key.stripes(), start)",
            broken: "|_| false && start == 0",
        }],
    },
    Mutant {
        name: "resume-any-tenant",
        edits: &[Edit {
            file: "src/engine/shard/mod.rs",
            text: "slot.number == waiter.number && !slot.is_link()",
            broken: "!slot.is_link()",
        }],
    },
    Mutant {
        name: "raise-after-detaching",
        edits: &[
            Edit {
                file: "src/engine/shard/ending.rs",
                text: "        self.record(key, change);\n        let found = ",
                broken: "        let found = ",
            },
            Edit {
                file: "src/engine/shard/ending.rs",
                text: "    fn record(",
                broken: "    pub(crate) fn record(",
            },
            Edit {
                file: "src/waiters/notify.rs",
                text: "        let notified = self.with_shard(shard, |shard| {
            shard.notify(key, self.next_change(by), payload)
        });\n",
                broken: "        let change = self.next_change(by);
        let notified = self.with_shard(shard, |shard| shard.notify(key, change, payload));
        self.with_shard(shard, |shard| shard.record(key, change));\n",
            },
        ],
    },
    Mutant {
        name: "wait-on-from-the-heartbeat",
        edits: &[Edit {
            file: "src/execution/series.rs",
            text: "let start = wait.start;",
            broken: "let start = self.request.state.hub.waiters.start_of_pass();",
        }],
    },
    Mutant {
        name: "lose-what-wakes-a-stream-late",
        edits: &[Edit {
            file: "src/request/state/mod.rs",
            text: "if self.kind != Kind::Stream {",
            broken: "if self.kind != Kind::Stream || over.is_none() || over.is_some() {",
        }],
    },
    Mutant {
        name: "number-before-the-lock",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "        let notified = self.with_shard(shard, |shard| {
            shard.notify(key, self.next_change(by), payload)
        });\n",
            broken: "        let change = self.next_change(by);
        let notified = self.with_shard(shard, |shard| shard.notify(key, change, payload));\n",
        }],
    },
    Mutant {
        name: "number-one-before-the-lock",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "        let chosen = self.with_shard(shard, |shard| {
            shard.notify_one(key, self.next_change(Actor::NOBODY), payload)
        });\n",
            broken: "        let change = self.next_change(Actor::NOBODY);
        let chosen = self.with_shard(shard, |shard| shard.notify_one(key, change, payload));\n",
        }],
    },
    Mutant {
        name: "gap-after-its-number",
        edits: &[Edit {
            file: "src/waiters/revisions.rs",
            text: "        gap.store(IN_PROGRESS, Ordering::Relaxed);\n",
            broken: "        let _ = IN_PROGRESS;\n",
        }],
    },
    Mutant {
        name: "revisions-without-a-floor",
        edits: &[Edit {
            file: "src/waiters/revisions.rs",
            text: "let floor = self.latest.load(Ordering::Relaxed);",
            broken: "let floor = 0;",
        }],
    },
    Mutant {
        name: "the-changer-hides-the-others",
        edits: &[Edit {
            file: "src/engine/revisions.rs",
            text: "            self.by_another = self.latest;\n",
            broken: "",
        }],
    },
    Mutant {
        name: "choose-without-raising",
        edits: &[Edit {
            file: "src/engine/shard/ending.rs",
            text: "        self.record(key, change);\n        let chosen = ",
            broken: "        let chosen = ",
        }],
    },
    Mutant {
        name: "expire-the-notified",
        edits: &[Edit {
            file: "src/engine/shard/ending.rs",
            text: "if !self.index.was_notified(slot.membership) =>",
            broken: "=>",
        }],
    },
    Mutant {
        name: "resume-sleepers-only",
        edits: &[Edit {
            file: "src/engine/shard/ending.rs",
            text: "Kind::Waiter(State::Enrolled | State::Parked { .. }, _) =>",
            broken: "Kind::Waiter(State::Parked { .. }, _) =>",
        }],
    },
    Mutant {
        name: "begin-in-haste",
        edits: &[Edit {
            file: "src/time/mock.rs",
            text: "let mut next = self.next_deadline(true);",
            broken: "let mut next = self.next_deadline(false);",
        }],
    },
    Mutant {
        name: "end-in-haste",
        edits: &[Edit {
            file: "src/time/mock.rs",
            text: "                next = self.next_deadline(true);",
            broken: "                next = self.next_deadline(false);",
        }],
    },
    Mutant {
        name: "no-fence-outside-the-thread",
        edits: &[Edit {
            file: "src/time/timer/parker.rs",
            text: "        fence(Ordering::SeqCst);\n        deadline < ",
            broken: "        deadline < ",
        }],
    },
    Mutant {
        name: "no-fence-in-the-thread",
        edits: &[Edit {
            file: "src/time/timer/parker.rs",
            text: "        fence(Ordering::SeqCst);\n        let is_earlier = ",
            broken: "        let is_earlier = ",
        }],
    },
    Mutant {
        name: "sleep-without-looking-again",
        edits: &[Edit {
            file: "src/time/timer/parker.rs",
            text: "let is_earlier = target.next_deadline() < next;",
            broken: "let is_earlier = target.next_deadline() < next && false;",
        }],
    },
    Mutant {
        name: "start-twice",
        edits: &[Edit {
            file: "src/time/timer/thread.rs",
            text: "if let Some(thread) = self.thread.get() {",
            broken: "if let Some(thread) = self.thread.get().filter(|_| false) {",
        }],
    },
    Mutant {
        name: "leave-the-thread-asleep",
        edits: &[Edit {
            file: "src/time/timer/thread.rs",
            text: "            thread.unpark();\n        }\n    }\n}",
            broken: "            _ = thread;\n        }\n    }\n}",
        }],
    },
    Mutant {
        name: "forget-the-armed",
        edits: &[Edit {
            file: "src/waiters/registration.rs",
            text: "self.home.filter(|_| is_the_same)",
            broken: "self.home.filter(|_| is_the_same && false)",
        }],
    },
    Mutant {
        name: "park-although-shut-down",
        edits: &[Edit {
            file: "src/waiters/registration.rs",
            text: "if waiters.is_shut_down() {\n            return Ok(Err(Ending::Closed));",
            broken: "if waiters.is_shut_down() && false {\n            return Ok(Err(Ending::Closed));",
        }],
    },
    Mutant {
        name: "replace-without-looking",
        edits: &[Edit {
            file: "src/waiters/registration.rs",
            text: "let ended = shard.collect(home.waiter());\n                if ended",
            broken: "let ended = match spare {
                    Some(_) => None,
                    None => shard.collect(home.waiter()),
                };\n                if ended",
        }],
    },
    Mutant {
        name: "say-that-all-are-resumed-too-late",
        edits: &[
            Edit {
                file: "src/waiters/shutdown.rs",
                text: "        self.publish_gap();\n",
                broken: "",
            },
            Edit {
                file: "src/waiters/shutdown.rs",
                text: "self.scan(ScanKind::Resume, within);\n",
                broken: "self.scan(ScanKind::Resume, within);
        self.publish_gap();\n",
            },
        ],
    },
    Mutant {
        name: "read-the-clock-before-locking",
        edits: &[Edit {
            file: "src/waiters/mod.rs",
            text: "(!self.clock.is_mock()).then(|| self.now())",
            broken: "Some(self.now())",
        }],
    },
    Mutant {
        name: "observe-relaxed",
        edits: &[Edit {
            file: "src/waiters/mod.rs",
            text: "self.latest.load(Ordering::Acquire)",
            broken: "self.latest.load(Ordering::Relaxed)",
        }],
    },
    Mutant {
        name: "publish-relaxed",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "self.latest.fetch_add(1, Ordering::Release)",
            broken: "self.latest.fetch_add(1, Ordering::Relaxed)",
        }],
    },
    Mutant {
        name: "pass-nothing-on",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "payload: Option<&Payload>) -> FirstPanic {\n",
            broken: "payload: Option<&Payload>) -> FirstPanic {
        if true {
            return FirstPanic::default();
        }\n",
        }],
    },
    Mutant {
        name: "stop-at-a-remote-waiter",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "true => self.with_shard(self.shard_of(key), |shard| shard.pass_on(key, payload)),",
            broken: "true => Notified::None,",
        }],
    },
    Mutant {
        name: "count-before-parking",
        edits: &[
            Edit {
                file: "src/waiters/drained.rs",
                text: "        while !registration.is_registered()",
                broken: "        let early = waiters.suspended_count();
        while !registration.is_registered()",
            },
            Edit {
                file: "src/waiters/drained.rs",
                text: "match waiters.suspended_count() {",
                broken: "match early {",
            },
        ],
    },
    Mutant {
        name: "pass-on-without-the-value",
        edits: &[Edit {
            file: "src/waiters/claim.rs",
            text: "payload: payload.cloned(),",
            broken: "payload: payload.filter(|_| false).cloned(),",
        }],
    },
    Mutant {
        name: "wait-although-woken",
        edits: &[Edit {
            file: "src/request/state/mod.rs",
            text: "if matches!(inner.phase, Phase::Woken(_)) {\n            return Ok(false);",
            broken: "if matches!(inner.phase, Phase::Woken(_)) && false {\n            return Ok(false);",
        }],
    },
    Mutant {
        name: "name-after-unlocking",
        edits: &[Edit {
            file: "src/request/state/mod.rs",
            text: "            self.hub.ids.publish(id, Arc::downgrade(self));",
            broken: "            drop(inner);
            self.hub.ids.publish(id, Arc::downgrade(self));",
        }],
    },
    Mutant {
        name: "id-before-the-lock",
        edits: &[
            Edit {
                file: "src/mailbox/store.rs",
                text: "        let mut value = Some(value); // dropped after unlocking\n",
                broken: "        let mut value = Some(value);
        let id = self.next_id();\n",
            },
            Edit {
                file: "src/mailbox/store.rs",
                text: "            let id = self.next_id();\n",
                broken: "",
            },
        ],
    },
    Mutant {
        name: "latest-id-after-the-locks",
        edits: &[
            Edit {
                file: "src/mailbox/store.rs",
                text: "Reading::new(self.epoch, latest, after, limit);",
                broken: "Reading::new(self.epoch, u64::MAX.max(latest), after, limit);",
            },
            Edit {
                file: "src/mailbox/store.rs",
                text: "        reading.finish()\n",
                broken: "        reading.latest = self.latest.load(Ordering::Relaxed);
        reading.finish()\n",
            },
            Edit {
                file: "src/mailbox/reading.rs",
                text: "    latest: u64,\n    limit: usize,\n    found",
                broken: "    pub(super) latest: u64,\n    limit: usize,\n    found",
            },
        ],
    },
    Mutant {
        name: "name-before-the-lock",
        edits: &[Edit {
            file: "src/mailbox/store.rs",
            text: "        self.with(self.part(key), |shelf| {
            let pushed_at = now();
            if name.is_some_and(|name| shelf.has_seen(key, name, pushed_at, self.limits.age)) {
                return None;
            }\n",
            broken: "        let pushed_at = now();
        let has_seen = name.is_some_and(|name| {
            self.with(self.part(key), |shelf| {
                shelf.has_seen(key, name, pushed_at, self.limits.age)
            })
        });
        if has_seen {
            return None;
        }
        self.with(self.part(key), |shelf| {\n",
        }],
    },
    Mutant {
        name: "cut-before-merging",
        edits: &[
            Edit {
                file: "src/mailbox/reading.rs",
                text: "        self.found.sort_unstable_by_key(Item::id);\n",
                broken: "        let cut = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        self.found.sort_unstable_by_key(Item::id);\n",
            },
            Edit {
                file: "src/mailbox/reading.rs",
                text: "let has_more = self.found.len() > self.limit;",
                broken: "let has_more = cut;",
            },
        ],
    },
    Mutant {
        name: "trim-in-silence",
        edits: &[Edit {
            file: "src/mailbox/queue.rs",
            text: "            self.trimmed = item.id;\n",
            broken: "",
        }],
    },
    Mutant {
        name: "do-not-count",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: "let is_missing = line.number.saturating_sub(line.word.counts().into()) > said;",
            broken: "let is_missing = false;",
        }],
    },
    Mutant {
        name: "strangers-begin-now",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: ".map_or(0, |other| other.said);",
            broken: ".map_or(line.number, |other| other.said);",
        }],
    },
    Mutant {
        name: "the-silent-are-forgotten",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: "            has_vanished |= is_over && other.stage == Stage::Present;\n",
            broken: "",
        }],
    },
    Mutant {
        name: "the-left-vanish",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: "is_over && other.stage == Stage::Present;",
            broken: "is_over;",
        }],
    },
    Mutant {
        name: "come-back-after-the-end",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: "_ => known.map_or(Stage::Present, |other| other.stage),",
            broken: "_ => Stage::Present,",
        }],
    },
    Mutant {
        name: "hear-the-echo",
        edits: &[Edit {
            file: "src/relay/ear.rs",
            text: "if line.origin == Some(self.me) {",
            broken: "if false {",
        }],
    },
    Mutant {
        name: "wake-a-crowd-before-its-rest-is-there",
        edits: &[Edit {
            file: "src/waiters/notify.rs",
            text: "        let is_kept = self.wake_later(wakers, rate);
        first_panic.wake_all(first.into_iter());\n",
            broken: "        first_panic.wake_all(first.into_iter());
        let is_kept = self.wake_later(wakers, rate);\n",
        }],
    },
    Mutant {
        name: "the-next-round-is-forgotten",
        edits: &[Edit {
            file: "src/waiters/pacer.rs",
            text: "Some(again) => *again = true,",
            broken: "Some(_) => {}",
        }],
    },
    Mutant {
        name: "a-gap-is-ignored",
        edits: &[Edit {
            file: "src/relay/mod.rs",
            text: "        self.guarded(|| _ = self.hub().notify_every_key(self.inner.spread));\n",
            broken: "",
        }],
    },
    Mutant {
        name: "overflow-in-silence",
        edits: &[Edit {
            file: "src/relay/mouth.rs",
            text: "            Self::Words(_) => {
                *self = Self::Gap;\n",
            broken: "            Self::Words(words) => {
                words.clear();\n",
        }],
    },
    Mutant {
        name: "push-without-waking",
        edits: &[Edit {
            file: "src/relay/mouth.rs",
            text: "reader: self.waker.take(),",
            broken: "reader: None,",
        }],
    },
    Mutant {
        name: "start-after-the-check",
        edits: &[Edit {
            file: "src/execution/request.rs",
            text: "wait.start = start;",
            broken: "wait.start = self.waiters().start_of_pass();",
        }],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_entry_applies_and_changes_the_crate() {
        for mutant in MUTANTS {
            let read = |file: &str| {
                fs::read_to_string(crate::root().join(file)).map_err(|e| e.to_string())
            };
            let whole = mutant.whole(read).unwrap();
            let broken = mutant.broken(whole.clone());
            let broken = broken.unwrap_or_else(|failure| panic!("{}: {failure}", mutant.name));
            assert!(
                whole.iter().all(|(file, content)| broken[file] != *content),
                "{}",
                mutant.name
            );
        }
    }

    #[test]
    fn names_are_words_and_each_is_there_once() {
        let names: BTreeSet<_> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
        let is_good = |name: &&str| {
            name.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '-')
        };
        assert!(names.iter().all(is_good), "{names:?}");
    }
}
