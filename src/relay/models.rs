//! Stories of relays on a way that loses, repeats and delays lines. They need no lock and no thread, so they also run
//! among the models of loom, for the mutants.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::telemetry::GapCause;

use super::ear::{Ear, Heard};
use super::line::{Line, Origin, Word};
use super::mouth::{Mouth, Next};

const SILENCE: Duration = Duration::from_secs(6);
const BEAT: Duration = Duration::from_secs(2);
const SECOND: Duration = Duration::from_secs(1);
const ME: Origin = Origin(1);

#[derive(Debug, Clone, Copy)]
enum Fate {
    Heard,
    Lost,
    Repeated,
    /// It is heard, and again a second later.
    RepeatedLate,
    Late,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A node notifies a key.
    Notify(usize),
    /// What a node has to say goes on its way.
    Carry(usize, Fate),
    /// A node says the end and starts again.
    Leave(usize, Fate),
    /// A node starts again, and its outbox is lost.
    Crash(usize),
    Pass(u32),
}

/// Three nodes, of which a fourth one hears.
struct Story {
    now: Duration,
    ear: Ear,
    nodes: Vec<Node>,
    started: u64,
    keys: u64,
    late: Vec<String>,
    /// How many gaps were found, in addition to those that a full outbox has announced.
    gaps: u32,
    /// Keys that must still be heard, or be covered by a gap.
    owed: Vec<String>,
}

struct Node {
    origin: Origin,
    mouth: Mouth,
    reader: u64,
    /// When it was last heard.
    heard_at: Option<Duration>,
    /// Keys that it has not said yet.
    unsaid: Vec<String>,
    /// Keys that were lost while it was not known. When it is heard, they must be found.
    missed: Vec<String>,
}

impl Node {
    fn new(number: u64) -> Self {
        let origin = Origin(number);
        let mut mouth = Mouth::new(origin, OUTBOX, BEAT);
        let (reader, _) = mouth.new_reader();
        Self {
            origin,
            mouth,
            reader,
            heard_at: None,
            unsaid: Vec::new(),
            missed: Vec::new(),
        }
    }

    /// An ear that does not know it, or knows it no longer, need not hear of its last words.
    fn is_known(&self, now: Duration) -> bool {
        self.heard_at.is_some_and(|at| now < at + SILENCE)
    }
}

impl Story {
    fn new() -> Self {
        Self {
            now: Duration::ZERO,
            ear: Ear::new(ME, SILENCE),
            nodes: (10..13).map(Node::new).collect(),
            started: 13,
            keys: 0,
            late: Vec::new(),
            gaps: 0,
            owed: Vec::new(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Notify(node) => self.notify(node),
            Step::Carry(node, fate) => self.carry(node, fate),
            Step::Leave(node, fate) => {
                let _ = self.nodes[node].mouth.leave();
                self.carry(node, fate);
                self.start_again(node);
            }
            Step::Crash(node) => self.start_again(node),
            Step::Pass(seconds) => (0..seconds).for_each(|_| self.pass_a_second()),
        }
    }

    fn notify(&mut self, node: usize) {
        self.keys += 1;
        let key = format!("key {}", self.keys);
        let word = Word::Key {
            actor: None,
            key: key.clone(),
        };
        let _ = self.nodes[node].mouth.push(word.to_string());
        self.nodes[node].unsaid.push(key);
    }

    fn carry(&mut self, node: usize, fate: Fate) {
        let is_known = self.nodes[node].is_known(self.now);
        let unsaid = std::mem::take(&mut self.nodes[node].unsaid);
        match is_known || !matches!(fate, Fate::Lost) {
            true => self.owed.extend(unsaid),
            false => self.nodes[node].missed.extend(unsaid),
        }
        loop {
            let Node { mouth, reader, .. } = &mut self.nodes[node];
            let Next::Line(line) = mouth.next(*reader, self.now, &mut None) else {
                return;
            };
            match fate {
                Fate::Heard => self.hear(&line),
                Fate::Lost => {}
                Fate::Repeated => {
                    self.hear(&line);
                    self.hear(&line);
                }
                Fate::RepeatedLate => {
                    self.hear(&line);
                    self.late.push(line);
                }
                Fate::Late => self.late.push(line),
            }
        }
    }

    fn hear(&mut self, line: &str) {
        let line = Line::read(line).unwrap();
        for node in &mut self.nodes {
            if line.origin == Some(node.origin) {
                node.heard_at = Some(self.now);
                self.owed.append(&mut node.missed);
            }
        }
        let Heard::Line { gap } = self.ear.hear(&line, self.now) else {
            panic!("{line:?} is not its own");
        };
        match gap {
            None => {}
            Some(GapCause::Announced) => self.owed.clear(),
            Some(_) => self.find_gap(),
        }
        if let Word::Key { key, .. } = line.word {
            self.owed.retain(|owed| *owed != key);
        }
    }

    fn start_again(&mut self, node: usize) {
        // What was changed and not said is found by the silence.
        if self.nodes[node].is_known(self.now) {
            let unsaid = std::mem::take(&mut self.nodes[node].unsaid);
            self.owed.extend(unsaid);
        }
        self.nodes[node] = Node::new(self.started);
        self.started += 1;
    }

    fn pass_a_second(&mut self) {
        for line in std::mem::take(&mut self.late) {
            self.hear(&line);
        }
        self.now += SECOND;
        if self.ear.has_fallen_silent(self.now) {
            self.find_gap();
        }
    }

    fn find_gap(&mut self) {
        self.gaps += 1;
        self.owed.clear();
    }

    fn carry_all(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.carry(node, Fate::Heard));
    }

    /// From now on nothing is lost, for as long as it may take to find what was.
    fn calm_down(&mut self) {
        for _ in 0..2 * SILENCE.as_secs() {
            self.carry_all();
            self.pass_a_second();
        }
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Heard),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Repeated),
        1 => Just(Fate::RepeatedLate),
        1 => Just(Fate::Late),
    ]
}

/// What loses nothing.
fn kind_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Heard),
        Just(Fate::Repeated),
        Just(Fate::RepeatedLate),
    ]
}

/// Steps with which no key is lost, and a node says something in each second.
fn kind_step() -> impl Strategy<Value = Step> {
    let node = || 0..3_usize;
    prop_oneof![
        6 => node().prop_map(Step::Notify),
        6 => (node(), kind_fate()).prop_map(|(node, fate)| Step::Carry(node, fate)),
        2 => (node(), kind_fate()).prop_map(|(node, fate)| Step::Leave(node, fate)),
        3 => Just(Step::Pass(1)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let node = || 0..3_usize;
    prop_oneof![
        6 => node().prop_map(Step::Notify),
        6 => (node(), fate()).prop_map(|(node, fate)| Step::Carry(node, fate)),
        1 => (node(), fate()).prop_map(|(node, fate)| Step::Leave(node, fate)),
        1 => node().prop_map(Step::Crash),
        3 => (1..4_u32).prop_map(Step::Pass),
    ]
}

proptest! {
    #[test]
    fn what_is_lost_of_a_known_node_is_a_gap(steps in vec(step(), 0..100)) {
        let mut story = Story::new();
        steps.into_iter().for_each(|step| story.step(step));
        story.calm_down();
        prop_assert_eq!(story.owed, Vec::<String>::new());
    }

    #[test]
    fn without_a_loss_there_is_no_gap_whatever_comes_again(steps in vec(kind_step(), 0..100)) {
        let mut story = Story::new();
        for step in steps {
            if matches!(step, Step::Pass(_)) {
                story.carry_all();
            }
            story.step(step);
        }
        story.calm_down();
        prop_assert_eq!(story.gaps, 0);
    }

    #[test]
    fn what_a_relay_says_itself_is_an_echo(number: u64, word in 0..4_u8) {
        let word = ["k - a", "g", "b", "e"][usize::from(word)];
        let line = Line::read(&format!("{ME} {number} {word}")).unwrap();
        prop_assert_eq!(Ear::new(ME, SILENCE).hear(&line, SECOND), Heard::Echo);
    }
}

const OUTBOX: usize = 3;
