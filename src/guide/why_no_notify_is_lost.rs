//! Why no notify is lost between the check and the wait.
//!
//! A handler checks a state, finds nothing, and suspends. A notify can come after the check and
//! before the wait. If the hub only woke requests that already wait, this notify would be lost, and
//! the request would sleep until its timeout.
//!
//! # How it works
//!
//! The hub numbers all notifies.
//!
//! 1. Before a pass executes any code of the handler, it records the latest number.
//! 2. The handler checks the state, and returns its token.
//! 3. The hub registers the wait. Under the same lock, it compares the number of the key's latest
//!    notify with the recorded number.
//! 4. If the key's number is greater, a notify came during the pass: the handler is executed again.
//!
//! So either the notify finds the registered wait, or the registration finds the notify. There is
//! no third case.
//!
//! # Needless passes
//!
//! A number for each key would need memory for every key that was ever notified. So the hub keeps
//! the numbers in a table of fixed size, which several keys share. The notify of another key can
//! therefore cause one needless pass. At 100,000 notifies per second, this happens to two of ten
//! thousand passes that take 5 ms each. During that second pass the wait stays registered, so the
//! hub knows exactly whether the key is notified, and no further needless pass follows.
//!
//! # Your part
//!
//! * First the change, then the notify. A change in a database is made when it is *committed*.
//! * Read the state that decides in the pass itself: in the closure of [`Hub::run`], or anywhere
//!   inside the layer. Do not take it from an [attribute](Continuation::attribute) of an earlier
//!   pass.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, Hub};
