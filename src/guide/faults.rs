//! What can go wrong around a hub, and what happens then.
//!
//! Each entry names its tests, or is marked as a limit. Two rules explain most entries: *no lock is
//! held while foreign code runs*, so foreign code cannot block the hub or leave it half changed;
//! and *a panic goes to the caller that caused it*, after all other requests have been woken.
//!
//! # Handlers
//!
//! **A handler panics**, in its first pass or after a wait. The framework gets the panic. The
//! request's waits, attributes and handles end at once, callbacks receive
//! [`Panicked`](End::Panicked), and a notify that had chosen this request alone goes to the next
//! waiter. Tests: `a_panic_is_told_at_once_and_goes_on`,
//! `a_handler_that_panics_after_a_wait_leaves_the_hub_clean`,
//! `a_notify_for_a_request_that_panics_goes_to_the_next_at_once`.
//!
//! **A callback panics.** The other callbacks run, and the response is sent. The panic is counted
//! in [`Stats::panics`]. Tests: `several_callbacks_run_in_their_order_even_if_one_panics`,
//! `several_callbacks_for_an_expiry_run_even_if_one_panics_and_the_pass_follows`,
//! `panics_that_no_caller_gets_are_counted`.
//!
//! **The destructor of an attribute or a value panics.** The code that drops it gets the panic. The
//! hub is not affected. Tests:
//! `an_attribute_that_panics_when_it_is_dropped_leaves_nothing_else_behind`,
//! `a_value_that_panics_when_it_is_dropped_harms_neither_its_request_nor_the_hub`.
//!
//! **Such a destructor uses the hub.** This is allowed. Tests:
//! `an_attribute_may_use_the_hub_and_its_own_request_when_it_is_dropped`,
//! `a_value_is_dropped_without_a_lock_and_after_its_last_use`.
//!
//! **A step of [`once`](crate::Continuation::once) fails**, or its pass is dropped during the step.
//! The next call runs the step again. Tests: `an_error_is_not_kept`,
//! `a_step_that_is_dropped_in_the_middle_is_done_again`.
//!
//! **A handler suspends again and again.** Between two passes without a wait, other tasks can run.
//! After [`max_passes`](HubBuilder::max_passes) the request is refused. Test:
//! `a_handler_that_notifies_its_own_key_ends_at_the_limit_and_yields_between_passes`.
//!
//! **A handler returns the token of another request.** Its client gets a 500 with a sentence that
//! says so. Test: `a_token_of_another_request_is_refused_with_a_sentence`.
//!
//! **A request's future is leaked** with `std::mem::forget`. When the timeout expires, its waker
//! and its key are removed. It still counts as suspended, and keeps 64 bytes: a limit. Test:
//! `a_leaked_future_stays_counted_and_blocks_no_other_request`.
//!
//! **A client disconnects.** The framework drops the request, and so the hub removes it. If the
//! framework does not notice, the longest hold ends the request. Test:
//! `waiter_timer_key_waker_and_attributes_go_at_once`.
//!
//! # Notifies and wakers
//!
//! **A waker panics when it is woken.** All other requests are woken. Then the caller of the notify
//! gets the panic; on the timer's thread it is counted. Tests:
//! `when_a_waker_panics_all_others_are_woken_and_then_the_caller_gets_the_panic`,
//! `the_timer_goes_on_after_a_waker_has_panicked`, `others_are_woken_for_any_panic_of_the_wakers`.
//!
//! **A waker panics when it is cloned or dropped.** The poll that clones it, or the code that drops
//! it, gets the panic. No other request is affected. Tests:
//! `a_waker_that_panics_when_it_is_cloned_affects_only_its_task`,
//! `a_waker_that_panics_when_it_is_dropped_does_not_keep_others_from_being_woken`.
//!
//! **A waker notifies, suspends or shuts down** when it is woken, cloned or dropped. This is
//! allowed. Tests: `a_waker_may_use_the_hub_when_it_is_woken`,
//! `a_waker_may_shut_the_hub_down_when_it_is_woken`, `a_waker_may_use_the_hub_when_it_is_dropped`,
//! `a_waker_may_use_the_hub_when_it_is_cloned`.
//!
//! **A waker notifies the key that has woken it.** Each waker is called once per wait, so this
//! ends. But each call is nested in the previous one, and the depth is not limited: a limit. Test:
//! `a_waker_that_notifies_its_own_key_is_called_once_for_each_wait`.
//!
//! **A key's `Hash` panics, or uses the hub.** The caller that passes the key gets the panic. Using
//! the hub is allowed. Tests: `a_hash_that_panics_is_its_callers_affair`,
//! `a_key_may_use_its_own_hub_when_it_is_hashed`.
//!
//! **One key is notified without end.** Requests for other keys are not delayed. Test:
//! `a_storm_of_notifies_of_one_key_does_not_starve_the_others`.
//!
//! **Keys without waiters are notified.** The hub keeps nothing of them. Test:
//! `a_million_keys_without_waiters_take_no_memory`.
//!
//! **Two calls end the same wait.** The first one ends it. The other returns `false`, 0 or an
//! error, and changes nothing. Tests: `each_way_ends_it_and_after_that_no_other_does`,
//! `of_two_at_the_same_time_one_wins_and_the_request_sees_that_one`.
//!
//! **A request is dropped while several keys are being registered**, or at any other moment. All of
//! it is removed. Test: `a_request_that_is_dropped_while_it_is_notified_is_gone_or_counted`.
//!
//! # Time
//!
//! **The system has no thread for the timer.** A wait with a timeout is refused with
//! [`Error::NoTimer`]. Work that should be spread over time is done at once. Tests:
//! `a_wait_with_an_end_is_refused_and_leaves_nothing_behind`,
//! `without_threads_paced_work_is_done_at_once`.
//!
//! **The timer's thread is late.** Waits expire late, never early. [`Stats::timer_lag`] shows by
//! how much. Test: `the_system_clock_expires_waits_of_every_length_while_others_come_and_go`.
//!
//! **The clock stands still, jumps far ahead, or goes back.** No wait expires early, and none is
//! lost. After a jump, waits expire in the order of their deadlines. The work depends on the number
//! of occupied slots of the timer wheel, not on the length of the jump. Test:
//! `under_any_clock_nothing_is_due_early_and_nothing_is_lost`.
//!
//! **A timeout is zero, shorter than a tick, or [`Duration::MAX`](std::time::Duration::MAX).** Zero
//! expires at once, unless a notify came first. A shorter time is rounded up. `MAX` never expires.
//! Tests: `a_timeout_of_zero_ends_at_once`,
//! `a_notify_during_the_pass_comes_before_a_timeout_of_zero`,
//! `the_longest_timeout_there_is_never_ends_and_never_overflows`.
//!
//! **All waits have the same deadline.** They expire a thousand at a time under each lock.
//! [`HubBuilder::jitter`] spreads them. Test:
//! `ten_thousand_that_arrive_together_expire_over_the_whole_window`.
//!
//! **The machine sleeps or is paused.** On Linux, this time does not count (`CLOCK_MONOTONIC`), and
//! timeouts last longer by it: a limit. The wall clock is never read, so setting it has no effect.
//! A lint allows only one place in the code to read a clock.
//!
//! # Floods
//!
//! **A million requests come and go.** At most 16 bytes are kept for each. Test:
//! `a_million_requests_that_are_dropped_leave_next_to_nothing`.
//!
//! **Half of the requests that wait for one key go away.** The others keep their order, and memory
//! shrinks. Test: `of_a_hundred_thousand_waiters_of_one_key_half_may_leave`.
//!
//! **A client chooses keys that should collide.** This is not possible: keys are hashed under a
//! secret of the hub. Tests: those of `hash::Secret`.
//!
//! **A request waits for very many keys.** It is refused. The hub does not read more of the list
//! than the limit. Test: `a_client_that_names_keys_without_end_costs_no_more_than_the_limit`.
//!
//! **There are more requests than the limit**, of the hub, of a key, or of a client. The new
//! request is refused, or the oldest is ended: [`HubBuilder::max_suspended`],
//! [`max_per_key`](HubBuilder::max_per_key), [`max_per_client`](HubBuilder::max_per_client). Tests:
//! `a_hub_holds_requests_up_to_its_limit_and_accepts_others_when_some_have_ended`,
//! `a_key_has_waiters_up_to_its_limit_and_other_keys_have_room`,
//! `the_newest_request_of_a_client_is_held_and_the_oldest_is_told_so`.
//!
//! **A body is too large, too slow, or incomplete.** The client gets a 413, 408 or 400, and no
//! handler runs. Tests:
//! `a_body_over_the_limit_is_refused_before_any_pass_by_its_length_and_by_its_bytes`,
//! `a_body_that_does_not_arrive_in_time_is_refused`, `a_body_that_breaks_off_is_refused`.
//!
//! **Threads do all of this at random, for a long time.** Nothing is left, to the byte. Tests:
//! `nothing_is_left_of_a_great_many_steps_over_few_keys`,
//! `nothing_is_left_of_a_great_many_steps_over_many_keys`.
//!
//! # The end
//!
//! **The hub is shut down while requests are held.** All of them are answered, at once or [over
//! some time](Hub::shutdown_within). Tests: `shutdown_ends_every_wait_of_every_kind`,
//! `it_can_take_its_time_but_nothing_new_begins`.
//!
//! **Every clone of the hub is dropped while requests wait.** They continue to wait, with their
//! timeouts, until something ends them. Test:
//! `a_request_goes_on_when_every_clone_of_its_hub_is_gone`.
//!
//! **The runtime is dropped with its tasks.** Their requests are removed from the hub. Tests:
//! `when_a_runtime_is_dropped_with_its_tasks_their_requests_are_forgotten`,
//! `another_runtime_takes_over_when_the_first_has_ended`.
//!
//! **A counter overflows**, of notifies, registrations or requests. They have 64 bits, which last
//! for centuries: a limit.
//!
//! **The process forks.** Threads do not survive it, and neither does the timer's thread: a limit.
//!
//! **There is no memory.** A failed allocation ends the process, as everywhere in Rust: a limit.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{End, Error, Hub, HubBuilder, Stats};
