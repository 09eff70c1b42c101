//! Recipes: what else an application needs around a held request.
//!
//! Each recipe says when you need it, shows code that compiles, and names the trap. `tests/recipes`
//! tests the behaviour.
//!
//! | page | recipes |
//! |---|---|
//! | [`layers`] | the order of timeouts, sessions and limits; proxies and clients |
//! | [`permissions`] | a permission that is revoked during a hold |
//! | [`jobs`] | an approval that takes a day; a cache that is filled after the commit |
//! | [`bodies`] | uploads above the limits |
//! | [`errors`] | `anyhow`; refusals as JSON |
//! | [`sharing`] | a hub without router state |
//! | [`monitoring`] | counts as JSON; logs without later passes |
//!
//! *In a handler* means with [`Hub::run`](crate::Hub::run). *Under the layer* means inside
//! `ResumeLayer` (axum) or the middleware `Resume` (actix-web).

pub mod bodies;
pub mod errors;
pub mod jobs;
pub mod layers;
pub mod monitoring;
pub mod permissions;
pub mod sharing;
