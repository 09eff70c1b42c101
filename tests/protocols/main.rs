//! Protocols that others have made: each example in `examples/protocols` against the protocol's public description, over
//! sockets and on every framework.

#[path = "../../examples/protocols/all.rs"]
mod all;
#[path = "../../examples/protocols/consul.rs"]
mod consul;
#[path = "../../examples/protocols/grip/mod.rs"]
mod grip;
#[path = "../../examples/protocols/jobs.rs"]
mod jobs;
#[path = "../../examples/protocols/mcp.rs"]
mod mcp;
#[path = "../../examples/protocols/nchan.rs"]
mod nchan;
#[path = "../../examples/protocols/on_actix.rs"]
mod on_actix;
#[path = "../../examples/protocols/on_axum.rs"]
mod on_axum;
#[path = "../../examples/protocols/sealed.rs"]
mod sealed;
#[path = "../../examples/protocols/telegram.rs"]
mod telegram;
#[path = "../../examples/protocols/wire.rs"]
mod wire;

mod a_blocking_query;
mod a_channel;
mod a_hold;
mod a_tool;
mod running;
mod size;
mod updates;
