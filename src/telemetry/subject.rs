//! The request of an event, as telemetry sees it.

/// The number of a request and, if it is traced, the span in which it is executed.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Unique in its hub.
    pub(crate) number: u64,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl Subject {
    /// Its span is inside the span in which the request has arrived.
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            #[cfg(feature = "tracing")]
            span: tracing::debug_span!(target: "dacapo", "continuation", request = number),
        }
    }

    #[inline]
    pub(crate) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
        #[cfg(feature = "tracing")]
        return self.span.in_scope(act);
        #[cfg(not(feature = "tracing"))]
        return act();
    }
}
