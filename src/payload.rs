//! What comes with a wake.

use std::any::Any;
use std::sync::Arc;

use crate::completion::Completion;
use crate::error::Error;

/// What comes with a wake. Clones share it.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// What an application hands to the next pass.
    Value(Arc<dyn Any + Send + Sync>),
    /// There is no next pass: the request ends with this error. It is shared, because many requests may end with the
    /// same one.
    End(Arc<Error>),
}

impl Payload {
    pub(crate) fn value<T: Any + Send + Sync>(value: T) -> Self {
        Self::Value(Arc::new(value))
    }

    pub(crate) fn end(error: Error) -> Self {
        Self::End(Arc::new(error))
    }

    pub(crate) fn completion(completion: Completion) -> Self {
        Self::end(Error::Completed(completion))
    }

    /// The value, if it is a `T`.
    pub(crate) fn downcast<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        match self {
            Self::Value(value) => Arc::clone(value).downcast().ok(),
            Self::End(_) => None,
        }
    }
}
