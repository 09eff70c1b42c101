//! What needs servers. `.ci/nodes` starts them and runs these tests one after another. They do not run with the others:
//! without their servers they fail, because a check that is skipped looks like one that has passed.

mod chaos;
mod database;
mod faults;
mod figures;
mod install;
mod node;
mod poolers;
mod start;
