//! The files that all pages of the examples use: the client, and a style.

/// Each with its path and its type.
pub(crate) const FILES: [(&str, &str, &str); 4] = [
    (
        "/client/dacapo.js",
        JAVASCRIPT,
        include_str!("../client/dacapo.js"),
    ),
    (
        "/client/connection.js",
        JAVASCRIPT,
        include_str!("../client/connection.js"),
    ),
    (
        "/client/events.js",
        JAVASCRIPT,
        include_str!("../client/events.js"),
    ),
    (
        "/style.css",
        "text/css; charset=utf-8",
        include_str!("style.css"),
    ),
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
