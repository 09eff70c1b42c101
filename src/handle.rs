//! Resuming a request from outside its handler.

use std::fmt;
use std::str::FromStr;
use std::sync::Weak;

use crate::record::Record;

/// Resumes one request, from any thread, whatever keys it waits for.
///
/// A handle outlives the pass that made it ([`Continuation::handle`](crate::Continuation::handle)),
/// and the request, which it does not keep alive: when the request has ended, the handle does
/// nothing.
///
/// ```
/// use std::{pin::pin, time::Duration};
/// use futures::FutureExt;
///
/// let (hub, _clock) = dacapo::Hub::<String>::manual();
/// let (tell, told) = std::sync::mpsc::channel();
/// let mut request = pin!(hub.run(|c| {
///     tell.send(c.handle()).unwrap();
///     async move {
///         if c.is_resumed() { Ok("the job is done") } else { Err(c.suspend_for(Duration::from_secs(30))) }
///     }
/// }));
/// assert!(request.as_mut().now_or_never().is_none());
///
/// let handle = told.recv().unwrap();
/// assert!(handle.resume());
/// assert!(!handle.resume(), "it has been resumed already");
/// assert_eq!(request.now_or_never().unwrap().unwrap(), "the job is done");
/// ```
#[derive(Clone)]
pub struct Handle {
    record: Weak<Record>,
    id: ContinuationId,
}

impl Handle {
    pub(crate) fn new(record: Weak<Record>, id: ContinuationId) -> Self {
        Self { record, id }
    }

    /// Ends the request's wait: its handler is executed again, with
    /// [`Dispatch::Resumed`](crate::Dispatch::Resumed).
    ///
    /// A handler that still runs is not disturbed: if it suspends, it is executed again at once.
    /// Returns `false`, and changes nothing, if this wait has ended already, whoever ended it, or
    /// if the request has.
    pub fn resume(&self) -> bool {
        self.record.upgrade().is_some_and(|record| record.resume())
    }

    /// A name for the request that may leave the process: in a mail, in a job for another machine,
    /// in a page.
    ///
    /// [`Hub::resume`](crate::Hub::resume) takes it back. From the first call on, and until the
    /// request ends, the hub keeps the name; that costs it some 50 bytes.
    pub fn id(&self) -> ContinuationId {
        if let Some(record) = self.record.upgrade() {
            record.publish_id();
        }
        self.id
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the id: who reads a log must not be able to resume a request.
        f.debug_struct("Handle")
            .field("ended", &(self.record.strong_count() == 0))
            .finish_non_exhaustive()
    }
}

/// The name of a request outside the process: 128 bits that nobody can guess.
///
/// It prints as 32 hexadecimal digits and is parsed from them. An id tells nothing about its
/// request or about other ids, but whoever has it can resume the request: treat it like a password
/// that is good for one request.
///
/// ```
/// use dacapo::ContinuationId;
///
/// let id: ContinuationId = "00112233445566778899aabbccddeeff".parse().unwrap();
/// assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
/// assert!("0011".parse::<ContinuationId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContinuationId(u128);

impl ContinuationId {
    pub(crate) fn new(name: u128) -> Self {
        Self(name)
    }

    pub(crate) fn low_bits(self) -> u64 {
        self.0 as u64
    }
}

impl fmt::Display for ContinuationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ContinuationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContinuationId(…)")
    }
}

impl FromStr for ContinuationId {
    type Err = ParseContinuationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_id.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or(ParseContinuationIdError)
    }
}

/// The text is not a [`ContinuationId`].
///
/// ```
/// let error = "no id".parse::<dacapo::ContinuationId>().unwrap_err();
/// assert_eq!(error.to_string(), "a continuation id has 32 hexadecimal digits");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a continuation id has 32 hexadecimal digits")]
#[non_exhaustive]
pub struct ParseContinuationIdError;
