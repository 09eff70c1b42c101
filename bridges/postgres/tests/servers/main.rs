//! What needs servers. `.ci/nodes` starts them and runs these tests one after another. They do not run with the others:
//! without their servers they fail, because a check that is skipped looks like one that has passed. One test needs a newer
//! PostgreSQL than Debian 12 has. `.ci/nodes` runs it if there is one.

mod chaos;
mod database;
mod faults;
mod figures;
mod install;
mod node;
mod poolers;
mod start;
