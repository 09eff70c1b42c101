//! What happens, counted.

use crate::continuation::Dispatch;
use crate::end::End;
use crate::error::Error;
use crate::sync::CachePadded;
use crate::sync::counting::{AtomicU64, Ordering::Relaxed};

use super::{Ended, Happening, Passes, Refused, Stats, WaitEnd, Waits};

/// Counters of all events, several of each, so that threads seldom meet at one.
#[derive(Debug, Default)]
pub(super) struct Tally {
    stripes: [CachePadded<[AtomicU64; EVENTS]>; STRIPES],
}

impl Tally {
    /// Counts it, if it is counted here. `number` is any, but one and the same for one request.
    #[inline]
    pub(super) fn count(&self, happening: &Happening<'_>, number: u64) {
        // Every request has one first pass: there is no need to count those.
        if let Some(event) = Event::of(happening).filter(|event| *event != Event::InitialPass) {
            let stripe = &self.stripes[number as usize % STRIPES];
            stripe[event as usize].fetch_add(1, Relaxed);
        }
    }

    /// What has been counted, of so many requests.
    pub(super) fn stats(&self, requests: u64) -> Stats {
        Stats {
            requests,
            ended: Ended {
                answered: self.sum(Event::Answered),
                completed: self.sum(Event::Completed),
                failed: self.sum(Event::Failed),
                panicked: self.sum(Event::Panicked),
                cancelled: self.sum(Event::Cancelled),
            },
            refused: Refused {
                full: self.sum(Event::Full),
                key_full: self.sum(Event::KeyFull),
                client_full: self.sum(Event::ClientFull),
                superseded: self.sum(Event::Superseded),
                too_many_keys: self.sum(Event::TooManyKeys),
                too_many_passes: self.sum(Event::TooManyPasses),
                held_too_long: self.sum(Event::HeldTooLong),
                shut_down: self.sum(Event::ShutDown),
                no_timer: self.sum(Event::NoTimer),
                foreign: self.sum(Event::Foreign),
                interim: self.sum(Event::Interim),
            },
            passes: Passes {
                initial: requests.saturating_sub(self.sum(Event::Unexecuted)),
                resumed: self.sum(Event::ResumedPass),
                expired: self.sum(Event::ExpiredPass),
                needless: self.sum(Event::NeedlessPass),
            },
            waits: Waits {
                resumed: self.sum(Event::ResumedWait),
                expired: self.sum(Event::ExpiredWait),
                completed: self.sum(Event::CompletedWait),
                cancelled: self.sum(Event::CancelledWait),
                closed: self.sum(Event::ClosedWait),
            },
            unheard_notifies: self.sum(Event::UnheardNotify),
            panics: self.sum(Event::Panic),
            ..Stats::default()
        }
    }

    fn sum(&self, event: Event) -> u64 {
        let stripes = self.stripes.iter();
        stripes
            .map(|stripe| stripe[event as usize].load(Relaxed))
            .sum()
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
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
    /// The last of them.
    Panic,
}

impl Event {
    #[inline]
    pub(super) fn of(happening: &Happening<'_>) -> Option<Self> {
        Some(match happening {
            Happening::Pass { dispatch, .. } => Self::of_pass(*dispatch),
            Happening::Suspension { needless: true, .. } => Self::NeedlessPass,
            Happening::WaitEnd { end, .. } => Self::of_wait(*end),
            Happening::End(end) => Self::of_request(end),
            Happening::Unheard => Self::UnheardNotify,
            Happening::Unexecuted => Self::Unexecuted,
            Happening::Panic => Self::Panic,
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
            Error::Completed(_) => Self::Completed,
            Error::Foreign => Self::Foreign,
            Error::Interim { .. } => Self::Interim,
        }
    }

    /// The value of the label by which a measurement of this kind is told from others.
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
            Self::Answered => "answered",
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

const EVENTS: usize = Event::Panic as usize + 1;

const STRIPES: usize = 16;
