//! What comes with a wake.

use std::any::Any;
use std::sync::Arc;

use crate::completion::Completion;
use crate::engine::Carried;
use crate::error::Error;

/// What comes with a wake. Clones share it.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// A value that the application passes to the next pass.
    Value(Arc<dyn Any + Send + Sync>),
    /// The request ends without another pass. Shared, because many requests may end in the same way.
    End(Arc<Conclusion>),
}

/// How a request ends without another pass.
#[derive(Debug, Clone)]
pub(crate) enum Conclusion {
    Completed(Completion),
    Refused(Error),
}

impl Payload {
    pub(crate) fn value<T: Any + Send + Sync>(value: T) -> Self {
        Self::Value(Arc::new(value))
    }

    pub(crate) fn end(conclusion: impl Into<Conclusion>) -> Self {
        Self::End(Arc::new(conclusion.into()))
    }

    /// The value, if it is a `T`.
    pub(crate) fn downcast<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        match self {
            Self::Value(value) => Arc::clone(value).downcast().ok(),
            Self::End(_) => None,
        }
    }
}

impl From<Error> for Conclusion {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Completion> for Conclusion {
    fn from(completion: Completion) -> Self {
        Self::Completed(completion)
    }
}

impl Carried for Payload {
    fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }
}
