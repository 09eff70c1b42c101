//! The attributes of a request, by type. A request that has ended accepts none.

use std::any::Any;
use std::sync::Arc;

use super::state::RequestState;

impl RequestState {
    pub(crate) fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, _| attributes.get().cloned())
    }

    /// Returns the value that was replaced. If the request has ended, returns this value as an error.
    pub(crate) fn set_attribute<T: Any + Send + Sync>(
        &self,
        value: Arc<T>,
    ) -> Result<Option<Arc<T>>, Arc<T>> {
        self.before_end(|attributes| match attributes {
            Some(attributes) => Ok(attributes.insert(value)),
            None => Err(value),
        })
    }

    /// Returns the attribute. If another thread has set it first, that is the value of the other thread.
    pub(crate) fn attribute_or_set<T: Any + Send + Sync>(&self, value: Arc<T>) -> Arc<T> {
        // Borrowed, so that the value is dropped after unlocking.
        let value = &value;
        let present = self.before_end(|attributes| {
            let present = attributes?.get_or_insert_with(|| Arc::clone(value));
            Some(Arc::clone(present))
        });
        // An attribute that exists at the end of the request stays.
        let present = present.or_else(|| self.attribute());
        present.unwrap_or_else(|| Arc::clone(value))
    }

    pub(crate) fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, _| attributes.remove())
    }

    /// At the end of the request, attributes stay for the callbacks.
    pub(crate) fn remove_attribute_before_end<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, has_ended| match has_ended {
            true => None,
            false => attributes.remove(),
        })
    }
}
