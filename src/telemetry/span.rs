//! The span in which a request is executed, if somebody traces it.

#[cfg(feature = "tracing")]
mod traced {
    #[derive(Debug)]
    pub(crate) struct Span(tracing::Span);

    impl Span {
        /// Inside the span in which the request has arrived.
        pub(crate) fn new(request: u64) -> Self {
            Self(tracing::debug_span!(target: "dacapo", "continuation", request))
        }

        pub(crate) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
            self.0.in_scope(act)
        }
    }
}
#[cfg(feature = "tracing")]
pub(crate) use traced::Span;

#[cfg(not(feature = "tracing"))]
mod untraced {
    #[derive(Debug)]
    pub(crate) struct Span;

    impl Span {
        pub(crate) fn new(_request: u64) -> Self {
            Self
        }

        pub(crate) fn within<R>(&self, act: impl FnOnce() -> R) -> R {
            act()
        }
    }
}
#[cfg(not(feature = "tracing"))]
pub(crate) use untraced::Span;
