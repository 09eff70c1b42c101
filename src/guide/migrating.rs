//! For those who know Jetty's continuations, or Spring's `DeferredResult`: what their calls are
//! called here, what has become better, and which test shows it.
//!
//! The greatest difference: `suspend` does nothing by itself. It makes a token, and *returning* the
//! token suspends. So nothing happens behind the handler's back, there is no second suspension in
//! one pass, and it does not matter whether the event comes before the suspension or after it.
//!
//! # The calls
//!
//! | Jetty | here | shown by |
//! |---|---|---|
//! | `ContinuationSupport.getContinuation(request)` | the extractor [`Continuation`], or the argument of [`Hub::run`] | `it_runs_on_every_framework`, `it_runs_without_a_framework` |
//! | `setTimeout(ms)`, `suspend()` | [`Continuation::suspend_for`] with the timeout; [`suspend`](Continuation::suspend) and [`suspend_any`](Continuation::suspend_any) wait for keys besides; [`Handle::set_timeout`] later | `a_timeout_executes_a_suspended_handler_again`, `any_of_several_keys_resumes_and_the_others_are_forgotten`, `a_deadline_can_be_moved_further_away_and_nearer` |
//! | `suspend(response)` | none needed: whatever a pass that suspends has written is discarded | `nothing_is_left_of_it_on_axum`, `nothing_is_left_of_it_on_actix` |
//! | `resume()` | [`Handle::resume`], [`Hub::resume`] by an id, [`Hub::notify`] by a key | `a_wait_without_a_key_is_ended_by_its_handle_alone`, `an_id_goes_out_as_text_and_comes_back_to_resume_its_request_and_no_other`, `a_notify_executes_a_suspended_handler_again` |
//! | `complete()` | [`Handle::complete`] and [`Hub::complete`], with the response | `a_completed_request_has_no_further_pass`, `it_can_be_completed_by_its_id`, `on_axum_the_client_gets_it`, `on_actix_the_client_gets_it` |
//! | `isInitial()`, `isResumed()`, `isExpired()` | [`Continuation::dispatch`], one enum; [`is_initial`](Continuation::is_initial) and the others read it | `a_handler_with_an_answer_is_executed_once`, `a_notify_executes_a_suspended_handler_again`, `a_timeout_executes_a_suspended_handler_again` |
//! | `isSuspended()` | a handler that runs is not suspended; [`Hub::suspended_count`] counts those who are | `so_it_is_when_the_pass_that_it_was_meant_for_comes_to_no_end`, `a_notify_executes_a_suspended_handler_again` |
//! | `undispatch()` | `?` on an [`Outcome`], from any depth | `a_token_leaves_a_nested_function_by_the_question_mark`, `who_leaves_by_a_question_mark_may_be_resumed` |
//! | `setAttribute`, `getAttribute`, `removeAttribute` | [`set_attribute`](Continuation::set_attribute), [`attribute`](Continuation::attribute), [`remove_attribute`](Continuation::remove_attribute), by type instead of name; from any thread the same of [`Handle`] | `attributes_stay_from_pass_to_pass`, `a_handle_reads_and_writes_attributes_while_its_request_lives` |
//! | `addContinuationListener`: `onTimeout` | [`Suspended::on_expire`]; the wait is over by then, so to answer use [`or_respond_with`](Suspended::or_respond_with), and to go on waiting suspend in the expired pass | `an_expiry_is_told_before_the_pass_for_each_wait_that_expires_and_for_no_other`, `when_an_expiry_is_told_the_wait_is_over`, `an_expired_request_may_expire_again` |
//! | `addContinuationListener`: `onComplete` | [`Continuation::on_end`], which is told [how it ended](End) | `the_end_is_told_once_and_which_it_was` |
//! | `isResponseWrapped()`, `getServletResponse()` | none: a layer outside sees one request and one response | `inside_one_sees_every_pass_and_outside_one_request` |
//! | `ContinuationFilter` | `axum::ResumeLayer`, `actix::Resume` | `a_forgotten_layer_is_a_500_that_says_which_and_how_to_add_it` |
//! | `QoSFilter` | `examples/qos` | `the_most_urgent_goes_first_and_among_equals_who_came_first` |
//! | `DoSFilter` | `examples/throttle.rs` | `who_asks_too_often_is_delayed_and_who_does_so_all_the_same_is_sent_away` |
//! | `AsyncRestServlet` | `examples/fan_out.rs` | `the_last_shop_resumes_the_request_and_no_other_does`, `it_does_so_if_it_has_failed_or_panicked` |
//!
//! | Spring, JAX-RS | here | shown by |
//! |---|---|---|
//! | `DeferredResult.setResult`, `AsyncResponse.resume(value)` | [`Handle::complete`] with the response, or [`Handle::resume_value`] with a value for the next pass; instead of `false`, what was not taken comes back | `a_completed_request_has_no_further_pass`, `a_resume_hands_a_value_to_the_next_pass` |
//! | `setErrorResult`, `resume(error)` | [`Handle::complete`] with a response that says so, or [`Handle::resume_value`] a `Result` | `it_may_hand_over_an_error_as_well` |
//! | `AsyncResponse.cancel(retryAfter)` | [`Handle::complete`] with a 503 | `a_completion_while_the_handler_runs_is_its_answer_whatever_it_returns` |
//! | a default result, a timeout value | [`Suspended::or_respond`], [`or_respond_with`](Suspended::or_respond_with) | `a_ready_answer_spares_the_pass_when_the_time_is_up`, `a_lazy_answer_is_made_at_the_end_of_the_time_and_not_before` |
//! | `onTimeout`, `TimeoutHandler` | [`Suspended::on_expire`], or the pass that [`is_expired`](Continuation::is_expired); to go on waiting suspend in that pass, for `setTimeout` comes too late in the listener | `when_an_expiry_is_told_the_wait_is_over`, `an_expired_request_may_expire_again` |
//! | `onError`, `onCompletion`, `CompletionCallback`, `ConnectionCallback` | [`Continuation::on_end`] | `of_a_panic_it_is_told_at_once_and_the_panic_goes_on`, `the_end_is_told_once_and_which_it_was`, `that_a_client_has_gone_is_told` |
//! | `AsyncResponse.setTimeout` | [`Handle::set_timeout`] | `a_deadline_can_be_moved_further_away_and_nearer`, `a_moved_deadline_outlives_a_needless_pass_and_ends_with_its_expiry` |
//! | `isSetOrExpired`, `isDone`, `isCancelled` | none: whoever is late is told by `false` | `each_way_ends_it_and_after_that_no_other_does` |
//! | `WebAsyncTask`, `Callable` | an `async` handler, which needs no continuation | `a_handler_that_does_not_need_a_layer_works_without` |
//!
//! # What is as it was there
//!
//! | | what | shown by |
//! |---|---|---|
//! | M1 | Register when you like: any wake after the pass has begun counts. | `a_notify_between_check_and_suspend_is_not_lost`, `a_resume_during_the_pass_ends_the_wait_as_it_begins` |
//! | M2 | A wake before the handler has returned is honoured. | `it_is_remembered_while_the_handler_awaits_something_else`, `a_completion_while_the_handler_runs_is_its_answer_whatever_it_returns` |
//! | M3 | A wait ends exactly once. | `each_way_ends_it_and_after_that_no_other_does`, `of_a_resume_and_an_expiry_exactly_one_ends_the_wait` |
//! | M4 | A wake cancels the timer, which never runs code of the application. But it is *not* as it was there from when the time counts: from the request's arrival or its last expiry, so that a needless wake prolongs nothing. From the handler's return, as in Jetty, [only if asked](Suspended::timeout_from_now). | `a_notify_executes_a_suspended_handler_again`, `any_of_several_keys_resumes_and_the_others_are_forgotten`, `no_listener_runs_on_the_timers_thread`, `a_slow_handler_does_not_prolong_it_either`, `after_an_expiry_the_timeout_counts_from_it`, `from_now_counts_from_the_suspension` |
//! | M5 | When nobody acts, the handler is executed again, expired. | `a_timeout_executes_a_suspended_handler_again` |
//! | M6 | A request may suspend again and again, each time with a timeout of its own; attributes stay; it ends once. | `an_expired_request_may_expire_again`, `from_now_counts_from_the_suspension`, `a_wait_that_counts_from_now_ends_what_was_granted_for_those_after_it_too`, `attributes_stay_from_pass_to_pass`, `the_end_is_told_once_and_which_it_was` |
//! | M7 | It can be completed without another pass. | `a_completed_request_has_no_further_pass` |
//! | M8 | Callbacks are called in order. | `several_are_told_in_the_order_in_which_they_asked_whoever_panics` |
//! | M9 | Higher priorities are woken first, within one the oldest. | `the_highest_priority_comes_first_and_within_it_who_has_waited_longest` |
//! | M10 | Pipelined requests are answered in order, and connections reused. | `a_pipelined_request_is_answered_after_the_held_one`, `a_connection_is_good_for_more_requests_after_a_held_one` |
//!
//! Jetty's own test of it, a handler with seventeen queries and their exact traces, is in
//! `tests/jetty`: without a runtime, on axum and on actix.
//!
//! # What hurt there
//!
//! | | here | shown by |
//! |---|---|---|
//! | B1 | A wake before the suspension is remembered, not lost, and not an error. | `a_resume_during_the_pass_ends_the_wait_as_it_begins` |
//! | B2 | Who loses a race is told so, and changes nothing. | `each_way_ends_it_and_after_that_no_other_does`, `nothing_is_moved_while_a_handler_runs_or_is_due` |
//! | B3 | One reason for a pass, not four flags. | `of_two_at_the_same_time_one_wins_and_the_request_sees_that_one` |
//! | B4 | A handle of an ended request reaches no other, nor writes anywhere. | `a_handle_that_outlives_its_request_reaches_no_other`, `a_stale_handle_writes_nowhere_even_if_something_keeps_the_request`, `a_stale_handle_takes_nothing_from_those_who_are_told_of_the_end` |
//! | B5 | A timeout of zero is over at once, and [`Duration::MAX`](std::time::Duration::MAX) never, everywhere. | `a_timeout_of_zero_ends_at_once`, `the_longest_timeout_there_is_never_ends_and_never_overflows` |
//! | B6 | A listener that panics skips neither the others nor the pass. | `several_are_told_of_an_expiry_whoever_panics_and_the_pass_comes` |
//! | B7 | Who fails or panics has not suspended; a failure after a wake is never swallowed. A panic is the framework's, which does as it does with its own. | `a_handler_that_panics_after_a_wait_leaves_the_hub_clean`, `that_a_handler_has_panicked_is_told_and_the_framework_does_as_it_does_with_every_panic`, `a_panic_after_a_wait_is_a_500_where_a_layer_catches_panics`, `a_service_that_fails_after_a_wait_is_never_hidden`, `a_middleware_that_fails_after_a_wait_is_never_hidden` |
//! | B8 | Nothing of a suspended pass is sent, and every pass has the whole body. | `nothing_is_left_of_it_on_axum`, `nothing_is_left_of_it_on_actix`, `the_body_of_a_post_is_there_in_the_second_pass` |
//! | B9 | That the client has gone, or the server stops, ends the wait and is told. | `a_client_that_closes_while_it_is_held_is_forgotten`, `that_a_client_has_gone_is_told`, `shutdown_ends_every_wait_of_every_kind`, `the_end_is_told_once_and_which_it_was` |
//! | B10 | Nothing is done on the timer's thread but waking; a finished request is kept by nobody. | `no_listener_runs_on_the_timers_thread`, `waiter_timer_key_waker_and_attributes_go_at_once`, `so_it_is_if_somebody_was_told_of_the_end_and_could_look_at_them`, `a_waiter_weighs_at_most_128_bytes_and_leaves_next_to_nothing` |
//! | B11 | A QoS filter, `examples/qos`. Its permit lasts to the end of the request, | `a_permit_is_kept_until_the_response_has_been_sent`, `a_handler_that_panics_gives_its_permit_back` |
//! | | is handed to who waits, | `a_permit_is_handed_to_who_waits_so_that_nobody_comes_in_between`, `on_many_threads_no_permit_is_lost_and_none_is_given_twice` |
//! | | in a bounded queue | `who_finds_too_many_waiting_is_sent_away_at_once` |
//! | | without stale heads; | `who_has_gone_is_not_called`, `who_has_waited_too_long_is_sent_away_and_not_called` |
//! | | and there may be more of them, fewer or none at any time. | `without_permits_nobody_goes_on_until_there_are_some`, `with_fewer_permits_nobody_goes_on_until_enough_have_ended` |
//! | B12 | An answer for the end of the time, deadlines that can be moved, waking with a value or an error. | `a_ready_answer_spares_the_pass_when_the_time_is_up`, `a_deadline_can_be_moved_further_away_and_nearer`, `a_notify_hands_its_value_to_everybody_who_waits_for_whichever_key`, `it_may_hand_over_an_error_as_well` |
//!
//! Not taken over: waking into another handler (`dispatch(path)`), which a handler can do itself by
//! calling it; interceptors, for which there is middleware; and a hook of its own for those who are
//! sent away. Of a limit of the hub [`Continuation::on_end`] is told with [`End::Refused`], which
//! says which it was (`of_a_limit_it_is_told_which`, `who_finds_the_hub_full_is_told_so`); a layer
//! outside finds the reason in the extensions of the 503 (`middleware_outside_finds_the_reason_of_a_refusal`);
//! and `examples/qos` has a line for it.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, End, Handle, Hub, Outcome, Suspended};
