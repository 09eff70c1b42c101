//! The promises in the crate's root documentation, one file for each.

mod p01_no_notify_is_lost;
mod p02_a_wait_ends_exactly_once;
mod p03_never_early_and_late_by_one_tick_at_most;
mod p04_dropping_the_request_forgets_it;
mod p05_no_lock_is_held_while_foreign_code_runs;
mod p06_nothing_of_the_handler_lives_while_suspended;
mod p07_a_wake_before_the_wait_is_remembered;
mod p08_a_spurious_wake_never_prolongs_a_request;
#[cfg(all(feature = "axum", feature = "actix"))]
mod p09_a_suspended_pass_leaves_no_trace;
mod p10_the_hub_can_always_be_emptied;
mod p11_nothing_is_lost_between_two_polls;
mod p12_a_loss_between_nodes_becomes_a_gap;

use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const LONG_POLL: Duration = Duration::from_secs(30);
