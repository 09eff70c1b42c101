//! What a relay has heard of the others, and what it must have missed.

use std::collections::HashMap;
use std::time::Duration;

use crate::telemetry::GapCause;

use super::line::{Line, Origin, Word};

/// The relays that were heard, and how much each of them has said.
///
/// The way may lose, repeat and reorder lines. What is lost is found by its number, or by that of a later beat, or by
/// the silence of its origin.
///
/// ```text
///            any line             silence: gap
///  unknown ───────────▶ present ──────────────────▶ unknown
///     │                    │                           ▲
///     │                    │ end                       │
///     │                    ▼                           │
///     ╰───── end ───────▶ left ──── silence ───────────╯
/// ```
#[derive(Debug)]
pub(super) struct Ear {
    me: Origin,
    silence: Duration,
    others: HashMap<Origin, Other>,
    /// No other one falls silent before this time.
    quiet_until: Duration,
}

#[derive(Debug)]
struct Other {
    stage: Stage,
    /// The highest number that was heard.
    said: u64,
    /// When it was heard last.
    at: Duration,
}

/// One that has left is remembered, because its last lines may come again, or late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Present,
    Left,
}

/// What follows from a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// It is the relay's own line.
    Echo,
    /// It is the line of another one, and something may have been missed before it.
    Line { gap: Option<GapCause> },
}

impl Ear {
    pub(super) fn new(me: Origin, silence: Duration) -> Self {
        Self {
            me,
            silence,
            others: HashMap::new(),
            quiet_until: Duration::MAX,
        }
    }

    pub(super) fn hear(&mut self, line: &Line, now: Duration) -> Heard {
        if line.origin == Some(self.me) {
            return Heard::Echo;
        }
        let gap = line.origin.and_then(|origin| self.note(origin, line, now));
        Heard::Line {
            gap: match line.word {
                Word::Gap => Some(GapCause::Announced),
                _ => gap,
            },
        }
    }

    fn note(&mut self, origin: Origin, line: &Line, now: Duration) -> Option<GapCause> {
        let known = self.others.get(&origin);
        // Of an origin that is not known, everything that it has said before is missing.
        let said = known.map_or(0, |other| other.said);
        let is_missing = line.number.saturating_sub(line.word.counts().into()) > said;
        let lost = is_missing.then_some(GapCause::Lost);
        let stage = match line.word {
            Word::End => Stage::Left,
            _ => known.map_or(Stage::Present, |other| other.stage),
        };
        let is_crowded = known.is_none() && self.others.len() >= MOST;
        let forgotten = if is_crowded {
            self.forget_the_quietest()
        } else {
            None
        };
        let other = Other {
            stage,
            said: said.max(line.number),
            at: now,
        };
        self.others.insert(origin, other);
        self.quiet_until = self.quiet_until.min(now.saturating_add(self.silence));
        lost.or(forgotten)
    }

    /// Forgets the origins that have said nothing for too long, and returns whether there was one that has not left.
    /// Its last lines may be lost, or it has ended between a change and its notify.
    pub(super) fn has_fallen_silent(&mut self, now: Duration) -> bool {
        if now < self.quiet_until {
            return false;
        }
        let (silence, mut has_vanished) = (self.silence, false);
        let ends = |other: &Other| other.at.saturating_add(silence);
        self.others.retain(|_, other| {
            let is_over = ends(other) <= now;
            has_vanished |= is_over && other.stage == Stage::Present;
            !is_over
        });
        self.quiet_until = self
            .others
            .values()
            .map(ends)
            .min()
            .unwrap_or(Duration::MAX);
        has_vanished
    }

    /// The silence of each origin counts from now, because everything may have been missed until now. The numbers stay
    /// as they are: what is lost later is still found by them.
    pub(super) fn begin_anew(&mut self, now: Duration) {
        self.others.values_mut().for_each(|other| other.at = now);
    }

    /// [`has_fallen_silent`](Self::has_fallen_silent) is false before this time. It only becomes earlier when a line is
    /// heard, and then it is at least the whole silence away.
    pub(super) fn quiet_until(&self) -> Duration {
        self.quiet_until
    }

    /// One that has left goes first, and is no gap.
    fn forget_the_quietest(&mut self) -> Option<GapCause> {
        let others = self.others.iter();
        let quietest = others.min_by_key(|(_, other)| (other.stage == Stage::Present, other.at));
        let forgotten = self.others.remove(&quietest.map(|(origin, _)| *origin)?)?;
        (forgotten.stage == Stage::Present).then_some(GapCause::Silent)
    }
}

/// The most origins that are remembered. So a flood of names cannot use up the memory.
const MOST: usize = 1024;
