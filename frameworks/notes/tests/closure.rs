//! The frameworks differ, and the closure does not.

const CLOSURE: &str = r#"
board.hub.run(async |c| match board.note(&topic) {
    Some(note) => Ok(note),
    None if c.is_expired() => Ok("nothing yet".into()),
    None => Err(c.suspend(&topic, HOLD)),
})
"#;

#[test]
fn the_closure_is_the_same_in_every_framework() {
    for (framework, code) in [
        ("hyper", include_str!("../../hyper/src/lib.rs")),
        ("tonic", include_str!("../../tonic/src/lib.rs")),
        ("poem", include_str!("../../poem/src/lib.rs")),
        ("salvo", include_str!("../../salvo/src/lib.rs")),
        ("rocket", include_str!("../../rocket/src/lib.rs")),
    ] {
        assert!(words(code).contains(&words(CLOSURE)), "not in {framework}");
    }
}

/// The code on one line, however rustfmt breaks it.
fn words(code: &str) -> String {
    code.split_whitespace().collect()
}
