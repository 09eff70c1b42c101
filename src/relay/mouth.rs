//! What a relay has to say to the others.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

use super::line::{Origin, Word};

/// Numbers the words of a relay, and keeps them until they are taken.
///
/// ```text
///  Open ── leave ──▶ Leaving ── the end is said ──▶ Left
/// ```
#[derive(Debug)]
pub(super) struct Mouth {
    me: Origin,
    stage: Stage,
    outbox: Outbox,
    /// The most words in the outbox.
    most: usize,
    /// The number of words that were said.
    said: u64,
    /// The time without a line after which a beat is due.
    pause: Duration,
    /// When the next beat is due, if nothing else is said before.
    beat_at: Duration,
    /// The number of the reader that may take lines: the latest.
    reader: u64,
    /// Wakes that reader.
    waker: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Leaving,
    Left,
}

/// Words get their numbers when they are taken, so what is dropped here leaves no hole.
#[derive(Debug)]
enum Outbox {
    Words(VecDeque<String>),
    /// There were too many words. One gap stands for them, and for all later ones until it is said.
    Gap,
}

/// What a reader gets.
#[derive(Debug)]
pub(super) enum Next {
    Line(String),
    /// There is nothing to say before this time, unless the reader is woken.
    Later(Duration),
    End,
}

/// What has become of a word.
#[derive(Debug, Default)]
#[must_use = "its reader must be woken, after unlocking"]
pub(super) struct Pushed {
    pub(super) reader: Option<Waker>,
    pub(super) overflowed: bool,
}

impl Mouth {
    pub(super) fn new(me: Origin, most: usize, pause: Duration) -> Self {
        Self {
            me,
            stage: Stage::Open,
            outbox: Outbox::Words(VecDeque::new()),
            most: most.max(1),
            said: 0,
            pause,
            beat_at: Duration::ZERO,
            reader: 0,
            waker: None,
        }
    }

    /// Adds a word to the outbox.
    pub(super) fn push(&mut self, word: String) -> Pushed {
        if self.stage == Stage::Left {
            return Pushed::default();
        }
        let overflowed = self.outbox.push(word, self.most);
        Pushed {
            reader: self.waker.take(),
            overflowed,
        }
    }

    /// The end is said when the outbox is empty. Returns the reader to wake.
    pub(super) fn leave(&mut self) -> Option<Waker> {
        if self.stage == Stage::Open {
            self.stage = Stage::Leaving;
        }
        self.waker.take()
    }

    /// Makes a new reader the only one. It begins with a beat if there is nothing else to say. Returns its number, and
    /// the former reader to wake.
    pub(super) fn new_reader(&mut self) -> (u64, Option<Waker>) {
        self.reader += 1;
        self.beat_at = Duration::ZERO;
        (self.reader, self.waker.take())
    }

    /// A reader is gone. Returns its waker, which must be dropped after unlocking.
    pub(super) fn forget_reader(&mut self, reader: u64) -> Option<Waker> {
        self.waker.take_if(|_| reader == self.reader)
    }

    /// Returns the next line for a reader, and keeps its waker if there is none. A waker that is left in `waker` must
    /// be dropped after unlocking.
    pub(super) fn next(&mut self, reader: u64, now: Duration, waker: &mut Option<Waker>) -> Next {
        if reader != self.reader || self.stage == Stage::Left {
            return Next::End;
        }
        if let Some(word) = self.outbox.pop() {
            self.said += 1;
            return self.line(word, now);
        }
        if self.stage == Stage::Leaving {
            self.stage = Stage::Left;
            return self.line(Word::End, now);
        }
        if now >= self.beat_at {
            return self.line(Word::Beat, now);
        }
        std::mem::swap(&mut self.waker, waker);
        Next::Later(self.beat_at)
    }

    fn line(&mut self, word: impl std::fmt::Display, now: Duration) -> Next {
        self.beat_at = now.saturating_add(self.pause);
        let Self { me, said, .. } = self;
        Next::Line(format!("{me} {said} {word}"))
    }
}

impl Outbox {
    /// Returns whether this was one word too many.
    fn push(&mut self, word: String, most: usize) -> bool {
        match self {
            Self::Gap => false,
            Self::Words(words) if words.len() < most => {
                words.push_back(word);
                false
            }
            Self::Words(_) => {
                *self = Self::Gap;
                true
            }
        }
    }

    fn pop(&mut self) -> Option<String> {
        match self {
            Self::Words(words) => words.pop_front(),
            Self::Gap => {
                *self = Self::Words(VecDeque::new());
                Some(Word::Gap.to_string())
            }
        }
    }
}
