//! Counters of events.

use crate::dispatch::Dispatch;
use crate::end::End;
use crate::error::Error;
use crate::sync::CachePadded;
use crate::sync::counting::{AtomicU64, Ordering::Relaxed};

use super::events::{Event, PushEnd, WaitEnd};
use super::stats::{Ended, Passes, Pushes, Refused, Stats, Waits};

/// Counters of all events. There are several stripes of them, so that threads seldom update the same one.
#[derive(Debug, Default)]
pub(super) struct Counters {
    stripes: [CachePadded<[AtomicU64; EVENTS]>; STRIPES],
}

impl Counters {
    /// Counts an event, if events of its kind are counted. `number` selects the stripe. It may be any number, but
    /// must be the same for all events of a request.
    #[inline]
    pub(super) fn count(&self, event: &Event<'_>, number: u64) {
        // Every request has one initial pass, so there is no need to count those.
        if let Some(event) = Counter::of(event).filter(|event| *event != Counter::InitialPass) {
            let stripe = &self.stripes[number as usize % STRIPES];
            stripe[event as usize].fetch_add(1, Relaxed);
        }
    }

    /// The counts. `requests` is the number of requests so far.
    pub(super) fn stats(&self, requests: u64) -> Stats {
        Stats {
            requests,
            ended: Ended {
                answered: self.sum(Counter::Answered),
                completed: self.sum(Counter::Completed),
                failed: self.sum(Counter::Failed),
                panicked: self.sum(Counter::Panicked),
                cancelled: self.sum(Counter::Cancelled),
            },
            refused: Refused {
                full: self.sum(Counter::Full),
                key_full: self.sum(Counter::KeyFull),
                client_full: self.sum(Counter::ClientFull),
                superseded: self.sum(Counter::Superseded),
                too_many_keys: self.sum(Counter::TooManyKeys),
                too_many_passes: self.sum(Counter::TooManyPasses),
                held_too_long: self.sum(Counter::HeldTooLong),
                shut_down: self.sum(Counter::ShutDown),
                no_timer: self.sum(Counter::NoTimer),
                foreign: self.sum(Counter::Foreign),
                interim: self.sum(Counter::Interim),
            },
            passes: Passes {
                initial: requests.saturating_sub(self.sum(Counter::Unexecuted)),
                resumed: self.sum(Counter::ResumedPass),
                expired: self.sum(Counter::ExpiredPass),
                needless: self.sum(Counter::NeedlessPass),
            },
            waits: Waits {
                resumed: self.sum(Counter::ResumedWait),
                expired: self.sum(Counter::ExpiredWait),
                completed: self.sum(Counter::CompletedWait),
                cancelled: self.sum(Counter::CancelledWait),
                closed: self.sum(Counter::ClosedWait),
            },
            pushes: Pushes {
                answered: self.sum(Counter::AnsweredPush),
                notified: self.sum(Counter::NotifiedPush),
                refused: self.sum(Counter::RefusedPush),
            },
            unheard_notifies: self.sum(Counter::UnheardNotify),
            panics: self.sum(Counter::Panic),
            ..Stats::default()
        }
    }

    fn sum(&self, event: Counter) -> u64 {
        let stripes = self.stripes.iter();
        stripes
            .map(|stripe| stripe[event as usize].load(Relaxed))
            .sum()
    }
}

/// A kind of event that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counter {
    InitialPass,
    ResumedPass,
    ExpiredPass,
    NeedlessPass,
    ResumedWait,
    ExpiredWait,
    CompletedWait,
    CancelledWait,
    ClosedWait,
    UnheardNotify,
    Unexecuted,
    Answered,
    Completed,
    Failed,
    Panicked,
    Cancelled,
    Full,
    KeyFull,
    ClientFull,
    Superseded,
    TooManyKeys,
    TooManyPasses,
    HeldTooLong,
    ShutDown,
    NoTimer,
    Foreign,
    Interim,
    AnsweredPush,
    NotifiedPush,
    RefusedPush,
    /// This must be the last one.
    Panic,
}

impl Counter {
    #[inline]
    pub(super) fn of(event: &Event<'_>) -> Option<Self> {
        Some(match event {
            Event::Pass { dispatch, .. } => Self::of_pass(*dispatch),
            Event::Suspension { needless: true, .. } => Self::NeedlessPass,
            Event::WaitEnd { end, .. } => Self::of_wait(*end),
            Event::End(end) => Self::of_request(end),
            Event::Unheard => Self::UnheardNotify,
            Event::Unexecuted => Self::Unexecuted,
            Event::Push(end) => Self::of_push(*end),
            Event::Panic => Self::Panic,
            _ => return None,
        })
    }

    #[inline]
    fn of_pass(dispatch: Dispatch) -> Self {
        match dispatch {
            Dispatch::Initial => Self::InitialPass,
            Dispatch::Resumed => Self::ResumedPass,
            Dispatch::Expired => Self::ExpiredPass,
        }
    }

    #[inline]
    fn of_wait(end: WaitEnd) -> Self {
        match end {
            WaitEnd::Resumed => Self::ResumedWait,
            WaitEnd::Expired => Self::ExpiredWait,
            WaitEnd::Completed => Self::CompletedWait,
            WaitEnd::Cancelled => Self::CancelledWait,
            WaitEnd::Closed => Self::ClosedWait,
        }
    }

    fn of_push(end: PushEnd) -> Self {
        match end {
            PushEnd::Answered { .. } => Self::AnsweredPush,
            PushEnd::Notified { .. } => Self::NotifiedPush,
            PushEnd::Refused { .. } => Self::RefusedPush,
        }
    }

    fn of_request(end: &End) -> Self {
        match end {
            End::Answered => Self::Answered,
            End::Completed => Self::Completed,
            End::Failed => Self::Failed,
            End::Panicked => Self::Panicked,
            End::Cancelled => Self::Cancelled,
            End::Refused(error) => Self::of_refusal(error),
        }
    }

    fn of_refusal(error: &Error) -> Self {
        match error {
            Error::Full { .. } => Self::Full,
            Error::KeyFull { .. } => Self::KeyFull,
            Error::ClientFull { .. } => Self::ClientFull,
            Error::Superseded => Self::Superseded,
            Error::TooManyKeys { .. } => Self::TooManyKeys,
            Error::TooManyPasses { .. } => Self::TooManyPasses,
            Error::HeldTooLong { .. } => Self::HeldTooLong,
            Error::ShutDown => Self::ShutDown,
            Error::NoTimer(_) => Self::NoTimer,
            Error::Foreign => Self::Foreign,
            Error::Interim { .. } => Self::Interim,
        }
    }

    /// The value of the label that distinguishes measurements of this kind.
    #[cfg(feature = "metrics")]
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::InitialPass => "initial",
            Self::ResumedPass | Self::ResumedWait => "resumed",
            Self::ExpiredPass | Self::ExpiredWait => "expired",
            Self::NeedlessPass => "needless",
            Self::CompletedWait | Self::Completed => "completed",
            Self::CancelledWait | Self::Cancelled => "cancelled",
            Self::ClosedWait => "closed",
            Self::UnheardNotify => "no",
            Self::Unexecuted => "none",
            Self::Answered | Self::AnsweredPush => "answered",
            Self::NotifiedPush => "notified",
            Self::RefusedPush => "refused",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Full => "full",
            Self::KeyFull => "key_full",
            Self::ClientFull => "client_full",
            Self::Superseded => "superseded",
            Self::TooManyKeys => "too_many_keys",
            Self::TooManyPasses => "too_many_passes",
            Self::HeldTooLong => "held_too_long",
            Self::ShutDown => "shut_down",
            Self::NoTimer => "no_timer",
            Self::Foreign => "foreign",
            Self::Interim => "interim",
            Self::Panic => "panic",
        }
    }
}

const EVENTS: usize = Counter::Panic as usize + 1;

const STRIPES: usize = 16;
