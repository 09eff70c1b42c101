//! State that travels through a client and comes back unchanged.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret that all nodes of a service have, and nothing else.
#[derive(Clone)]
pub(crate) struct Seal(String);

impl Seal {
    /// The secret has at least 32 characters. Take random ones.
    pub(crate) fn new(secret: String) -> Option<Self> {
        (secret.len() >= 32).then_some(Self(secret))
    }

    /// Seals a state. It is good for one context and until a time.
    pub(crate) fn seal(&self, context: &[u8], ends: i64, state: &str) -> String {
        let state = format!("{ends} {state}");
        let tag = self.mac(context, &state).finalize().into_bytes();
        let parts = [state.as_bytes(), &tag[..]];
        parts
            .map(|part| BASE64_URL_SAFE_NO_PAD.encode(part))
            .join(".")
    }

    /// The state, if it is ours, of this context, and not too old.
    pub(crate) fn open(&self, context: &[u8], now: i64, sealed: &str) -> Option<String> {
        let (state, tag) = sealed.split_once('.')?;
        let [state, tag] = [state, tag].map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
        let (state, tag) = (String::from_utf8(state?).ok()?, tag?);
        self.mac(context, &state).verify_slice(&tag).ok()?;
        let (ends, state) = state.split_once(' ')?;
        (ends.parse::<i64>().ok()? > now).then(|| state.to_owned())
    }

    fn mac(&self, context: &[u8], state: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes())
            .expect("a secret of any length will do");
        let length = (context.len() as u64).to_be_bytes();
        mac.chain_update(length)
            .chain_update(context)
            .chain_update(state)
    }
}
