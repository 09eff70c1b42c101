#![doc = include_str!("../../benches/README.md")]
