//! Servers that end while requests are held.

use crate::files;
use crate::running::Running;

test!(
    a_graceful_shutdown_returns_although_a_great_many_requests_are_held,
    |mut running| {
        let crowd = files::crowd(1000);
        let held: Vec<_> = (0..crowd.clients)
            .map(|n| running.hold(&format!("/wait/{n}")))
            .collect();
        assert_eq!(running.hub.shutdown(), crowd.clients);
        running.server.stop();
        for mut held in held {
            assert_eq!(held.receive().0, 503);
        }
        running.server.ended();
        assert_eq!(running.hub.suspended_count(), 0);
        assert!(running.application.books.balance());
    }
);
