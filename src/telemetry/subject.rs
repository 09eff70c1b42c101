//! The request to which something happens, as telemetry knows it.

/// The number of a request, and the span in which it is executed if that is traced.
#[derive(Debug)]
pub(crate) struct Subject {
    /// No two requests of a hub have the same.
    pub(crate) number: u64,
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl Subject {
    /// Its span is inside the one in which the request has arrived.
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
