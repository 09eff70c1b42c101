//! What can go wrong around a hub, and what happens then.
//!
//! Each line has a test, which is named, or is a limit that is documented here. Two rules are behind
//! most of them: *no lock is held while foreign code runs*, so nothing that it does can hang or half-do
//! anything; and *a panic goes to whoever has a part in it*, after everybody else has got what was
//! theirs.
//!
//! # Handlers, and what they leave behind
//!
//! | what | what happens | shown by |
//! |---|---|---|
//! | A handler panics, in its first pass or after a wait. | The panic goes on to the framework. The request's waits, attributes and handles end at once, listeners are told [`Panicked`](End::Panicked), and a notify that was meant for it alone goes to the next. | `of_a_panic_it_is_told_at_once_and_the_panic_goes_on`, `a_handler_that_panics_after_a_wait_leaves_the_hub_clean`, `what_was_meant_for_one_who_panics_goes_to_the_next_at_once` |
//! | A listener panics. | The others are called, and the answer is sent. It is counted in [`Stats::panics`]. | `several_are_told_in_the_order_in_which_they_asked_whoever_panics`, `several_are_told_of_an_expiry_whoever_panics_and_the_pass_comes`, `panics_that_nobody_else_is_told_of` |
//! | An attribute or a value panics when it is dropped. | Whoever drops it has the panic, and the hub is sound. | `an_attribute_that_panics_when_it_is_dropped_leaves_nothing_else_behind`, `a_value_that_panics_when_it_is_dropped_harms_neither_its_request_nor_the_hub` |
//! | One of them uses the hub when it is dropped. | It may. | `an_attribute_may_use_the_hub_and_its_own_request_when_it_is_dropped`, `a_value_is_dropped_with_nothing_locked_and_as_soon_as_nobody_needs_it` |
//! | A step of [`once`](crate::Continuation::once) fails, or its pass is dropped in the middle of it. | The next call does it again. | `an_error_is_not_kept`, `a_step_that_is_dropped_in_the_middle_is_done_again` |
//! | A handler suspends again and again. | It is polled once in between, so others get their turn, and refused after [`max_passes`](HubBuilder::max_passes). | `a_handler_that_notifies_its_own_key_ends_at_the_limit_and_lets_others_run_in_between` |
//! | A handler returns the token of another request. | Its client gets a 500 that says so. | `a_token_of_another_request_is_refused_with_a_sentence` |
//! | A request's future is leaked (`std::mem::forget`). | Its waker and its key go when its time is up. It is counted as suspended for ever, and 64 bytes of it stay: a limit. | `a_future_that_is_leaked_is_counted_for_ever_but_is_in_nobodys_way` |
//! | A client goes away. | The framework drops the request, and with it everything here; where the framework does not notice, its longest hold ends it. | `waiter_timer_key_waker_and_attributes_go_at_once` |
//!
//! # Notifies and wakers
//!
//! | what | what happens | shown by |
//! |---|---|---|
//! | A waker panics when it is woken. | All others are woken, then the panic goes on to whoever has notified; on the timer's thread it is counted. | `when_a_waker_panics_all_others_are_woken_and_then_the_caller_hears_of_it`, `the_timer_goes_on_after_a_waker_has_panicked`, `others_are_woken_whatever_the_wakers_panic_with` |
//! | It panics when it is cloned, or dropped. | The poll panics, or whoever drops it; nobody else has a part in it. | `a_waker_that_panics_when_it_is_cloned_is_its_tasks_affair`, `a_waker_that_panics_when_it_is_dropped_keeps_nobody_from_being_woken` |
//! | It notifies, suspends or shuts down, when it is woken, cloned or dropped. | It may. | `a_waker_may_use_the_hub_when_it_is_woken`, `a_waker_may_shut_the_hub_down_when_it_is_woken`, `a_waker_may_use_the_hub_when_it_is_dropped`, `a_waker_may_use_the_hub_when_it_is_cloned` |
//! | It notifies the key that has woken it, and so on. | It is called once for each wait, so this ends; but each is called inside the one before, and how deep that goes is the application's affair: a limit. | `a_waker_that_notifies_its_own_key_is_called_once_for_each_wait` |
//! | A key's `Hash` panics, or uses the hub. | Whoever names the key has the panic; it may use the hub. | `a_hash_that_panics_is_its_callers_affair`, `a_key_may_use_its_own_hub_when_it_is_hashed` |
//! | One key is notified without end. | Nobody else is kept from anything. | `a_storm_of_notifies_of_one_key_does_not_starve_the_others` |
//! | Keys are notified that nobody waits for. | Nothing is kept of them. | `a_million_keys_that_nobody_waits_for_take_no_memory` |
//! | Two end the same wait. | The first does. The other returns `false` or 0, and changes nothing. | `each_way_ends_it_and_after_that_no_other_does`, `of_two_at_the_same_time_one_wins_and_the_request_sees_that_one` |
//! | The request is dropped while several keys are being registered, or in any other moment. | All of it is taken back. | `a_request_that_is_dropped_while_it_is_notified_is_gone_or_counted` |
//!
//! # Time
//!
//! | what | what happens | shown by |
//! |---|---|---|
//! | The system gives no thread for the timer. | A wait with a timeout is refused with [`Error::NoTimer`], and what was to take its time is done at once. | `a_wait_with_an_end_is_refused_and_leaves_nothing_behind`, `what_was_to_take_its_time_is_done_at_once` |
//! | The timer's thread is late. | Waits expire late and never early; [`Stats::timer_lag`] tells. | `the_system_clock_expires_waits_of_every_length_while_others_come_and_go` |
//! | The clock stands still, jumps far ahead, or goes back. | Nothing is early and nothing is lost; what is due after a jump is done in the order of its deadlines, with work for each occupied slot of the wheel and none for the time between. | `whatever_the_clock_does_nothing_is_due_early_and_nothing_is_lost` |
//! | A timeout is zero, shorter than a tick, or [`Duration::MAX`](std::time::Duration::MAX). | It is over at once, unless a notify was first; it is rounded up; it never ends. | `a_timeout_of_zero_ends_at_once`, `a_notify_during_the_pass_comes_before_a_timeout_of_zero`, `the_longest_timeout_there_is_never_ends_and_never_overflows` |
//! | All have the same deadline. | They expire a thousand at a time under each lock. [`HubBuilder::jitter`] spreads them. | `ten_thousand_that_have_come_together_expire_over_the_whole_window` |
//! | The machine sleeps, or is paused. | On Linux, time does not count then (`CLOCK_MONOTONIC`), and timeouts last longer by that: a limit. The wall clock is never read, so whoever sets it changes nothing. | a lint, which allows one place to read a clock |
//!
//! # Floods
//!
//! | what | what happens | shown by |
//! |---|---|---|
//! | A million requests come and go. | At most 16 bytes are kept for each. | `a_million_requests_that_are_dropped_leave_next_to_nothing` |
//! | Half of those go who wait for one key. | The others stay in line, and memory follows. | `of_a_hundred_thousand_who_wait_for_one_key_half_may_go` |
//! | Keys are chosen so that they collide. | They cannot be: they are hashed under a secret of the hub. | `hash::Secret` |
//! | A request waits for very many keys. | It is refused, and of an endless list no more is read than the limit. | `a_client_that_names_keys_without_end_costs_no_more_than_the_limit` |
//! | More requests, or more of one key or one client, than there may be. | They are refused, or the oldest one is ended: [`HubBuilder::max_suspended`], [`max_per_key`](HubBuilder::max_per_key), [`max_per_client`](HubBuilder::max_per_client). | `a_hub_holds_as_many_requests_as_it_may_and_takes_others_when_some_have_gone`, `a_key_has_as_many_waiters_as_it_may_and_others_have_room`, `of_one_client_the_newest_is_held_and_the_oldest_is_told_so` |
//! | A body is too large, too slow, or breaks off. | 413, 408, 400; no handler runs. | `a_body_over_the_limit_is_refused_before_any_pass_by_its_length_and_by_its_bytes`, `a_body_that_does_not_arrive_in_time_is_refused`, `a_body_that_breaks_off_is_refused` |
//! | Threads do all of this at random, for long. | Nothing is left, to the byte. | `nothing_is_left_of_a_great_many_steps_over_few_keys`, `nothing_is_left_of_a_great_many_steps_over_many_keys` |
//!
//! # The end
//!
//! | what | what happens | shown by |
//! |---|---|---|
//! | The hub is shut down with everybody held. | All are let go, at once or [over some time](Hub::shutdown_within). | `shutdown_ends_every_wait_of_every_kind`, `it_can_take_its_time_but_nothing_new_begins` |
//! | Every clone of the hub is dropped while requests wait. | They wait on, with their time, until something ends them. | `a_request_goes_on_when_every_clone_of_its_hub_is_gone` |
//! | The runtime is dropped under its tasks. | Their requests are forgotten. | `when_a_runtime_is_dropped_with_its_tasks_their_requests_are_forgotten`, `another_runtime_takes_over_when_the_first_has_ended` |
//! | A number is used up: of a notify, a registration, a request. | They have 64 bits, and would last for centuries: a limit. | |
//! | The process forks. | Threads do not survive it, the timer's neither: a limit. | |
//! | There is no memory. | An allocation that fails ends the process, as everywhere in Rust: a limit. | |

#[expect(unused_imports, reason = "for the documentation")]
use crate::{End, Error, Hub, HubBuilder, Stats};
