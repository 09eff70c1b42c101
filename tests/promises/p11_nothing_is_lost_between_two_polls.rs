//! Nothing is lost between two polls of a client that sends its cursor back, for a fixed set of keys, on any node.
//! (`tests/cursors` tests cursors as text, over HTTP, with actors, and with few revisions.)

use std::cell::Cell;

use dacapo::{Continuation, Cursor, Hub, Outcome};
use futures::FutureExt;
use proptest::prelude::*;

use crate::LONG_POLL;

/// The version of a value in a database that all nodes share.
type Database = Cell<u64>;

async fn news(c: Continuation<u8>, database: &Database, seen: &Cursor) -> Outcome<(u64, Cursor)> {
    if !c.changed(&7, seen) && !c.is_expired() {
        return Err(c.suspend(&7, LONG_POLL));
    }
    Ok((database.get(), c.advance(seen)))
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Change,
    ChangeOfAnotherKey,
    /// The client polls this node.
    Poll(usize),
    /// This node starts again, and remembers nothing.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Change),
        Just(Step::ChangeOfAnotherKey),
        (0..NODES).prop_map(Step::Poll),
        (0..NODES).prop_map(Step::Restart),
    ]
}

proptest! {
    #[test]
    fn a_poll_that_is_held_has_seen_the_latest_change(steps in prop::collection::vec(step(), 0..60)) {
        let database = Database::new(0);
        let mut nodes = [(); NODES].map(|()| Hub::<u8>::new());
        let (mut latest, mut cursor) = (None, Cursor::default());
        for step in steps {
            match step {
                Step::Change => {
                    database.set(database.get() + 1);
                    nodes.iter().for_each(|node| _ = node.notify(&7));
                }
                Step::ChangeOfAnotherKey => nodes.iter().for_each(|node| _ = node.notify(&8)),
                Step::Restart(node) => nodes[node] = Hub::new(),
                Step::Poll(node) => {
                    let poll = nodes[node].run(|c| news(c, &database, &cursor));
                    match poll.now_or_never() {
                        None => prop_assert_eq!(latest, Some(database.get())),
                        Some(answer) => {
                            let (version, next) = answer.unwrap().into_inner().unwrap();
                            prop_assert_eq!(version, database.get());
                            (latest, cursor) = (Some(version), next);
                        }
                    }
                }
            }
        }
    }
}

const NODES: usize = 3;
