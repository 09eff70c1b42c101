//! Both adapters under real servers, over TCP on the loopback interface.
//!
//! The test moves the time of the hub. The sockets use the time of the system.
//!
//! `elsewhere` lists faults of other servers, and the tests for them. `crowd` has a long form.

/// A test for both servers: `test!(name_as_a_sentence, |running| { … })`. They are those of `server`, or of another module.
macro_rules! test {
    ($name:ident, $test:expr) => {
        test!($name, on server, $test);
    };
    ($name:ident, on $servers:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn on_axum() {
                let test: fn(Running) = $test;
                test(Running::on(crate::$servers::axum));
            }

            #[test]
            fn on_actix() {
                let test: fn(Running) = $test;
                test(Running::on(crate::$servers::actix));
            }
        }
    };
}

mod answers;
mod application;
mod bodies;
mod client;
mod crowd;
mod disconnects;
mod elsewhere;
mod files;
mod heads;
mod http2;
mod midway;
mod panics;
mod races;
mod running;
mod server;
mod shutdown;
mod timers;
mod upgrades;

use std::time::Duration;

const LONG_POLL: Duration = Duration::from_secs(30);

/// The longest time that the adapters hold a request.
const LONGEST_HOLD: Duration = Duration::from_secs(120);
