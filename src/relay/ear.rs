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
///            any line               silence: gap
///  unknown ───────────▶ known ──────────────────────▶ unknown
///                        │ ▲                             ▲
///                        ╰─╯ any line                    │
///                        ╰──────────── end ──────────────╯
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
    /// The highest number that was heard.
    said: u64,
    /// When it was heard last.
    at: Duration,
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
        // Of an origin that is not known, everything that it has said before is missing.
        let said = self.others.get(&origin).map_or(0, |other| other.said);
        let is_missing = line.number.saturating_sub(line.word.counts().into()) > said;
        let lost = is_missing.then_some(GapCause::Lost);
        if line.word == Word::End {
            self.others.remove(&origin);
            return lost;
        }
        let is_crowded = self.others.len() >= MOST && !self.others.contains_key(&origin);
        let forgotten = is_crowded.then(|| self.forget_the_quietest());
        let said = said.max(line.number);
        self.others.insert(origin, Other { said, at: now });
        self.quiet_until = self.quiet_until.min(now.saturating_add(self.silence));
        lost.or(forgotten)
    }

    /// Forgets the origins that have said nothing for too long, and returns whether there was one. Its last lines may
    /// be lost, or it has ended between a change and its notify.
    pub(super) fn has_fallen_silent(&mut self, now: Duration) -> bool {
        if now < self.quiet_until {
            return false;
        }
        let before = self.others.len();
        let silence = self.silence;
        let ends = |other: &Other| other.at.saturating_add(silence);
        self.others.retain(|_, other| now < ends(other));
        self.quiet_until = self
            .others
            .values()
            .map(ends)
            .min()
            .unwrap_or(Duration::MAX);
        self.others.len() < before
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

    fn forget_the_quietest(&mut self) -> GapCause {
        let quietest = self.others.iter().min_by_key(|(_, other)| other.at);
        if let Some(origin) = quietest.map(|(origin, _)| *origin) {
            self.others.remove(&origin);
        }
        GapCause::Silent
    }
}

/// The most origins that are remembered. So a flood of names cannot use up the memory.
const MOST: usize = 1024;
