//! Handlers that panic: the framework does as it does with every panic, and the application is told.

use dacapo::End;

use crate::running::Running;

test!(
    a_handler_that_panics_after_a_wait_ends_its_connection_as_one_does_that_was_never_held,
    |running| {
        let held = running.hold("/panic/lobby");
        assert_eq!(running.hub.notify("lobby"), 1);
        let mut never_held = running.connect();
        never_held.get("/panics");
        assert_eq!(
            (held.hung_up(), never_held.hung_up()),
            ("".into(), "".into())
        );
        running.until_all_have_gone(&["lobby"]);
        assert_eq!(running.application.books.ends(), [End::Panicked]);

        let mut next = running.hold("/wait/lobby");
        assert_eq!(running.hub.notify("lobby"), 1);
        assert_eq!(next.receive(), (200, "resumed in pass 2".into()));
    }
);
