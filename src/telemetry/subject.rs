//! The request to which something happens, as telemetry knows it.

/// The number of a request, and the span in which it is executed if that is traced.
#[derive(Debug)]
pub(crate) struct Subject {
    /// No two requests of a hub have the same.
    pub(crate) number: u64,
    span: Span,
}

impl Subject {
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            span: Span::new(number),
        }
    }

    #[inline]
    pub(crate) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
        self.span.within(act)
    }
}

#[cfg(feature = "tracing")]
mod traced {
    #[derive(Debug)]
    pub(super) struct Span(tracing::Span);

    impl Span {
        /// Inside the span in which the request has arrived.
        pub(super) fn new(request: u64) -> Self {
            Self(tracing::debug_span!(target: "dacapo", "continuation", request))
        }

        pub(super) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
            self.0.in_scope(act)
        }
    }
}
#[cfg(feature = "tracing")]
use traced::Span;

#[cfg(not(feature = "tracing"))]
mod untraced {
    #[derive(Debug)]
    pub(super) struct Span;

    impl Span {
        pub(super) fn new(_request: u64) -> Self {
            Self
        }

        pub(super) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
            act()
        }
    }
}
#[cfg(not(feature = "tracing"))]
use untraced::Span;
