//! Steps that a request does once, however many passes it has.

use std::any::{Any, type_name};
use std::collections::HashMap;
use std::sync::Arc;

use futures::lock;

use crate::sync::{Mutex, order};

use super::state::RequestState;

/// The result of a step, if it has been done. The pass that does it holds the lock.
pub(crate) type Step<T> = lock::Mutex<Option<Arc<T>>>;

/// The steps of a request, by name. Stored as an attribute of a type that no application has.
#[derive(Default)]
struct Steps(Mutex<HashMap<String, NamedStep>, { order::STEPS }>);

struct NamedStep {
    step: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
}

impl RequestState {
    /// The step with this name.
    ///
    /// # Panics
    ///
    /// If the step has a result of another type.
    pub(crate) fn step<T: Any + Send + Sync>(&self, name: &str) -> Arc<Step<T>> {
        let steps = self.attribute::<Steps>();
        let steps = steps.unwrap_or_else(|| self.attribute_or_set(Arc::default()));
        let (step, other) = steps.find::<T>(name);
        step.downcast().unwrap_or_else(|_| {
            panic!(
                "the step {name:?} is there already and results in a `{other}`, not in a `{}`: give one of the two \
                 another name",
                type_name::<T>()
            )
        })
    }
}

impl Steps {
    fn find<T: Any + Send + Sync>(&self, name: &str) -> (Arc<dyn Any + Send + Sync>, &'static str) {
        let mut steps = self.0.lock();
        if let Some(present) = steps.get(name) {
            return (Arc::clone(&present.step), present.type_name);
        }
        let step: Arc<dyn Any + Send + Sync> = Arc::new(Step::<T>::new(None));
        let type_name = type_name::<T>();
        let named = NamedStep {
            step: Arc::clone(&step),
            type_name,
        };
        steps.insert(name.to_owned(), named);
        (step, type_name)
    }
}
