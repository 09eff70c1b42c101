//! A transport between relays of one process, with faults: for tests of your own.
//!
//! ```
//! use std::{pin::pin, time::Duration};
//! use dacapo::relay::memory::{Bus, Fate};
//! use dacapo::{Hub, Relay};
//! use futures::FutureExt;
//!
//! const HOLD: Duration = Duration::from_secs(30);
//!
//! let ((here, this_clock), (there, other_clock)) = (Hub::with_mock_clock(), Hub::with_mock_clock());
//! let relay = Relay::<String>::new(&here);
//! let mut bus = Bus::new();
//! bus.join(&relay);
//! bus.join(&Relay::new(&there));
//! bus.carry();
//!
//! let mut request = pin!(there.run(async |c| {
//!     if c.is_initial() { Err(c.suspend("lobby", HOLD)) } else { Ok("news") }
//! }));
//! assert!(request.as_mut().now_or_never().is_none());
//! relay.notify("lobby");
//! bus.carry_with(|_| Fate::Lost); // and no request is woken,
//! assert!(request.as_mut().now_or_never().is_none());
//!
//! this_clock.advance(Duration::from_secs(5)); // until a beat tells how many lines there were
//! bus.carry();
//! other_clock.advance(Duration::from_secs(2)); // the spread of the gap
//! assert_eq!(request.now_or_never().unwrap().unwrap(), "news");
//! assert_eq!(there.stats().relayed.gaps.lost, 1);
//! ```

use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use futures::{FutureExt, StreamExt};

use super::{Outgoing, Relay};

/// Carries the lines of relays to each other when you call it. There is no thread and no time in
/// it, so a test is the same in each run.
///
/// The [module](self) has an example.
pub struct Bus<K> {
    nodes: Vec<Node<K>>,
    /// Lines that arrive after the next ones, each with the node to which it goes.
    late: Vec<(usize, String)>,
}

struct Node<K> {
    relay: Relay<K>,
    outgoing: Outgoing<K>,
}

/// A line on its way from one node to another. Nodes are numbered in the order in which they have
/// joined, from 0. Each node also hears its own lines.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Passage<'a> {
    /// The node that has said the line.
    pub from: usize,
    /// The node that would hear it.
    pub to: usize,
    /// The line.
    pub line: &'a str,
}

/// What happens to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It arrives.
    Heard,
    /// It does not arrive.
    Lost,
    /// It arrives twice.
    Repeated,
    /// It arrives at the end of the next [`carry`](Bus::carry), after all other lines.
    Late,
}

impl<K> Bus<K> {
    /// Makes a bus without nodes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            late: Vec::new(),
        }
    }

    /// Adds a node, tells its relay that the way is [up](Relay::up), and returns the number of the
    /// node.
    pub fn join(&mut self, relay: &Relay<K>) -> usize {
        self.nodes.push(Node {
            relay: relay.clone(),
            outgoing: relay.outgoing(),
        });
        relay.up();
        self.nodes.len() - 1
    }
}

impl<K: FromStr + Hash> Bus<K> {
    /// Carries all lines that the nodes have to say now, and returns how many were heard, with the
    /// nodes' own lines.
    pub fn carry(&mut self) -> usize {
        self.carry_with(|_| Fate::Heard)
    }

    /// Carries all lines that the nodes have to say now, and asks for the fate of each one on each
    /// way. Returns how many were heard, with repetitions and the nodes' own lines.
    ///
    /// A partition is a function of `from` and `to`:
    ///
    /// ```
    /// # use dacapo::Hub;
    /// # use dacapo::relay::memory::{Bus, Fate, Passage};
    /// # let mut bus = Bus::<u64>::new();
    /// let is_cut = |passage: Passage<'_>| (passage.from == 2) != (passage.to == 2);
    /// bus.carry_with(|passage| if is_cut(passage) { Fate::Lost } else { Fate::Heard });
    /// ```
    pub fn carry_with(&mut self, mut fate: impl FnMut(Passage<'_>) -> Fate) -> usize {
        let late = std::mem::take(&mut self.late);
        let mut heard = 0;
        for from in 0..self.nodes.len() {
            while let Some(line) = self.nodes[from].next_line() {
                for to in 0..self.nodes.len() {
                    let line = &line;
                    heard += self.pass(to, line, fate(Passage { from, to, line }));
                }
            }
        }
        for (to, line) in &late {
            heard += self.pass(*to, line, Fate::Heard);
        }
        heard
    }

    fn pass(&mut self, to: usize, line: &str, fate: Fate) -> usize {
        let times = match fate {
            Fate::Heard => 1,
            Fate::Lost => 0,
            Fate::Repeated => 2,
            Fate::Late => {
                self.late.push((to, line.to_owned()));
                0
            }
        };
        (0..times).for_each(|_| self.nodes[to].relay.hear(line));
        times
    }
}

impl<K> Node<K> {
    fn next_line(&mut self) -> Option<String> {
        self.outgoing.next().now_or_never().flatten()
    }
}

impl<K> Default for Bus<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> fmt::Debug for Bus<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("nodes", &self.nodes.len())
            .field("late", &self.late.len())
            .finish()
    }
}
