//! The sessions of both applications: a cookie with a name that cannot be guessed.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex};

/// Customers by the names of their sessions. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<String, String>>>);

impl Sessions {
    /// Begins a session, and returns its cookie.
    pub(crate) fn begin(&self, customer: String) -> String {
        let [high, low] = [(); 2].map(|()| RandomState::new().hash_one(&customer));
        let session = format!("{high:016x}{low:016x}");
        let cookie = format!("session={session}; HttpOnly; SameSite=Lax; Path=/");
        self.0.lock().unwrap().insert(session, customer);
        cookie
    }

    /// Returns the customer of the session in the header `Cookie`.
    pub(crate) fn customer(&self, cookies: &str) -> Option<String> {
        let mut cookies = cookies.split(';');
        let session = cookies.find_map(|cookie| cookie.trim().strip_prefix("session="))?;
        self.0.lock().unwrap().get(session).cloned()
    }
}
