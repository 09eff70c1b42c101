//! The attributes of a request, by their types. A request that has ended takes none.

use std::any::Any;
use std::sync::Arc;

use super::state::RequestState;

impl RequestState {
    pub(crate) fn attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, _| attributes.get().cloned())
    }

    /// Returns the value that this one replaces, or this one if the request has ended.
    pub(crate) fn set_attribute<T: Any + Send + Sync>(
        &self,
        value: Arc<T>,
    ) -> Result<Option<Arc<T>>, Arc<T>> {
        self.before_end(|attributes| match attributes {
            Some(attributes) => Ok(attributes.insert(value)),
            None => Err(value),
        })
    }

    /// Returns the attribute that there is now: the other one, if another thread was first.
    pub(crate) fn attribute_or_set<T: Any + Send + Sync>(&self, value: Arc<T>) -> Arc<T> {
        // Its last share is dropped after unlocking.
        let value = &value;
        let present = self.before_end(|attributes| {
            let present = attributes?.get_or_insert_with(|| Arc::clone(value));
            Some(Arc::clone(present))
        });
        // What is there at the end stays.
        let present = present.or_else(|| self.attribute());
        present.unwrap_or_else(|| Arc::clone(value))
    }

    pub(crate) fn remove_attribute<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, _| attributes.remove())
    }

    /// What is there at the end is for the callbacks of the end.
    pub(crate) fn remove_attribute_before_end<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.with_attributes(|attributes, has_ended| match has_ended {
            true => None,
            false => attributes.remove(),
        })
    }
}
