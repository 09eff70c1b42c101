//! From Jetty's continuations, Spring's `DeferredResult` or JAX-RS' `AsyncResponse` to dacapo.
//!
//! The greatest difference: `suspend` has no effect by itself. It creates a token, and *returning*
//! the token suspends the request. So there is no second suspension in one pass, and it does not
//! matter whether the event comes before the suspension or after it.
//!
//! # Jetty
//!
//! | Jetty | dacapo |
//! |---|---|
//! | `getContinuation(request)` | the closure's argument, or the extractor [`Continuation`] |
//! | `setTimeout(ms)`, `suspend()` | [`suspend`], [`suspend_any`], [`suspend_for`] |
//! | `suspend(response)` | not needed: the response of a suspended pass is discarded |
//! | `resume()` | [`Hub::notify`] by key, [`Handle::resume`], [`Hub::resume`] by id |
//! | `complete()` | [`Handle::complete`] or [`Hub::complete`], with the response |
//! | `isInitial()`, `isResumed()`, … | [`Continuation::dispatch`], or [`is_initial`], … |
//! | `isSuspended()` | not needed: a running handler is not suspended |
//! | `undispatch()` | `?` on an [`Outcome`], at any depth |
//! | `setAttribute`, … | [`set_attribute`], [`attribute`], … by type, on [`Handle`] too |
//! | `onTimeout` | [`Suspended::on_expire`]; to answer, [`or_respond_with`] |
//! | `onComplete` | [`Continuation::on_end`], which receives an [`End`] |
//! | `isResponseWrapped()` | not needed: outside there is one request and one response |
//! | `ContinuationFilter` | `axum::ResumeLayer`, `actix::Resume` |
//! | `QoSFilter` | `examples/qos` |
//! | `DoSFilter` | `examples/throttle.rs` |
//! | `AsyncRestServlet` | `examples/fan_out.rs` |
//!
//! # Spring and JAX-RS
//!
//! | Spring, JAX-RS | dacapo |
//! |---|---|
//! | `setResult`, `resume(value)` | [`Handle::complete`], or [`Handle::resume_value`] |
//! | `setErrorResult`, `resume(error)` | the same, with a response or value that is an error |
//! | `AsyncResponse.cancel(retryAfter)` | [`Handle::complete`] with a 503 |
//! | default result, timeout value | [`Suspended::or_respond`], [`or_respond_with`] |
//! | `onTimeout`, `TimeoutHandler` | [`Suspended::on_expire`], or the pass that [`is_expired`] |
//! | `onError`, `onCompletion`, `CompletionCallback` | [`Continuation::on_end`] |
//! | `AsyncResponse.setTimeout` | [`Handle::set_timeout`] |
//! | `isSetOrExpired`, `isDone`, … | not needed: a late call returns `false` or its argument |
//! | `WebAsyncTask`, `Callable` | an `async` handler, without a continuation |
//!
//! In a callback for the timeout the wait is already over, so [`Handle::set_timeout`] is too late.
//! To wait longer, suspend in the expired pass.
//!
//! # What is the same as in Jetty
//!
//! * You can register at any time: a wake-up after the start of the pass counts.
//! * A wake-up before the handler has returned counts.
//! * A wait ends exactly once.
//! * A wake-up cancels the timer. The timer never runs code of the application.
//! * If nothing happens, the handler is executed again, expired.
//! * A request can suspend repeatedly, each time with its own timeout. Attributes stay. It ends
//!   once.
//! * A request can be completed without another pass.
//! * Callbacks run in order.
//! * Higher priorities are woken first, and among equals the oldest.
//! * Pipelined requests are answered in order, and connections are reused.
//!
//! One thing is different: the timeout counts from the request's arrival or its last expiry, so
//! that a needless wake-up does not prolong the request. With [`Suspended::timeout_from_now`] it
//! counts from the handler's return, as in Jetty.
//!
//! # What is better than in Jetty
//!
//! * A wake-up before the suspension is neither lost nor an error.
//! * A call that loses a race reports it, and changes nothing.
//! * A pass has one cause, not four flags.
//! * The handle of an ended request cannot reach another request.
//! * A timeout of zero expires at once and [`Duration::MAX`](std::time::Duration::MAX) never,
//!   everywhere.
//! * A callback that panics prevents neither the other callbacks nor the pass.
//! * A handler that fails or panics has not suspended. A failure after a wake-up is never hidden.
//! * Nothing of a suspended pass is sent, and every pass has the whole body.
//! * If the client disconnects or the server stops, the wait ends, and [`Continuation::on_end`]
//!   reports it.
//! * The timer's thread only wakes tasks. A finished request is not kept.
//! * `examples/qos` passes a permit on to the next request of a bounded queue. The permit lasts
//!   until the response is sent, and the number of permits can change at any time.
//! * There are responses for the timeout, deadlines that can be moved, and wake-ups with a value or
//!   an error.
//!
//! # What is missing
//!
//! * `dispatch(path)`, a wake-up into another handler: call the other handler.
//! * Interceptors: use middleware.
//! * A hook for refused requests: [`Continuation::on_end`] receives [`End::Refused`] with the
//!   limit, and a layer outside finds the [`Error`](crate::Error) in the extensions of the
//!   response.
//!
//! # Tests
//!
//! `tests/jetty` has Jetty's own test, a handler with seventeen queries and their exact traces,
//! without a runtime, on axum and on actix. These tests show the entries above:
//!
//! * `getContinuation`: `it_runs_on_every_framework`, `it_runs_without_a_framework`.
//! * `suspend`: `a_timeout_executes_a_suspended_handler_again`,
//!   `any_of_several_keys_resumes_and_the_others_are_forgotten`,
//!   `a_deadline_can_be_moved_further_away_and_nearer`.
//! * `suspend(response)`: `nothing_is_left_of_it_on_axum`, `nothing_is_left_of_it_on_actix`.
//! * `resume`: `a_wait_without_a_key_is_ended_by_its_handle_alone`,
//!   `an_id_goes_out_as_text_and_comes_back_to_resume_its_request_and_no_other`,
//!   `a_notify_executes_a_suspended_handler_again`.
//! * `complete`: `a_completed_request_has_no_further_pass`, `it_can_be_completed_by_its_id`,
//!   `on_axum_the_client_gets_it`, `on_actix_the_client_gets_it`.
//! * `isInitial`: `a_handler_with_an_answer_is_executed_once`.
//! * `isSuspended`: `it_is_so_when_the_pass_that_it_was_meant_for_does_not_end`.
//! * `undispatch`: `a_token_leaves_a_nested_function_by_the_question_mark`,
//!   `who_leaves_by_a_question_mark_may_be_resumed`.
//! * Attributes: `attributes_stay_from_pass_to_pass`,
//!   `a_handle_reads_and_writes_attributes_while_its_request_lives`.
//! * `onTimeout`: `an_expiry_is_told_before_the_pass_for_each_wait_that_expires_and_for_no_other`,
//!   `when_an_expiry_is_told_the_wait_is_over`, `an_expired_request_may_expire_again`.
//! * `onComplete`, `onError`: `the_end_is_told_once_with_its_kind`,
//!   `a_panic_is_told_at_once_and_goes_on`, `a_client_that_closes_while_it_is_held_is_forgotten`.
//! * `getServletResponse`: `inside_one_sees_every_pass_and_outside_one_request`.
//! * `ContinuationFilter`: `a_forgotten_layer_is_a_500_that_says_which_and_how_to_add_it`.
//! * `QoSFilter`: `the_most_urgent_goes_first_and_then_the_oldest`.
//! * `DoSFilter`: `a_client_above_its_rate_is_delayed_and_then_refused`.
//! * `AsyncRestServlet`: `the_last_shop_resumes_the_request_and_no_other_does`,
//!   `it_does_so_if_it_has_failed_or_panicked`.
//! * `setResult`: `a_resume_hands_a_value_to_the_next_pass`, `it_may_hand_over_an_error_as_well`.
//! * `cancel(retryAfter)`:
//!   `a_completion_while_the_handler_runs_replaces_the_answer_of_the_handler`.
//! * A default result: `a_ready_answer_spares_the_pass_when_the_time_is_up`,
//!   `a_lazy_answer_is_made_at_the_end_of_the_time_and_not_before`.
//! * `setTimeout`: `a_moved_deadline_outlives_a_needless_pass_and_ends_with_its_expiry`.
//! * `isDone`: `each_way_ends_it_and_after_that_no_other_does`.
//! * `Callable`: `a_handler_that_does_not_need_a_layer_works_without`.
//! * Wake-ups at any time: `a_notify_between_check_and_suspend_is_not_lost`,
//!   `a_resume_during_the_pass_ends_the_wait_as_it_begins`,
//!   `it_is_remembered_while_the_handler_awaits_something_else`.
//! * One end: `of_a_resume_and_an_expiry_exactly_one_ends_the_wait`,
//!   `of_two_at_the_same_time_one_wins_and_the_request_sees_that_one`,
//!   `nothing_is_moved_while_a_handler_runs_or_is_due`.
//! * Timeouts: `no_listener_runs_on_the_timers_thread`,
//!   `a_slow_handler_does_not_prolong_it_either`, `after_an_expiry_the_timeout_counts_from_it`,
//!   `from_now_counts_from_the_suspension`,
//!   `a_wait_that_counts_from_now_ends_what_was_granted_for_those_after_it_too`,
//!   `a_timeout_of_zero_ends_at_once`,
//!   `the_longest_timeout_there_is_never_ends_and_never_overflows`.
//! * Order: `several_callbacks_run_in_their_order_even_if_one_panics`,
//!   `the_highest_priority_comes_first_and_within_it_the_oldest_waiter`.
//! * Connections: `a_pipelined_request_is_answered_after_the_held_one`,
//!   `a_connection_is_good_for_more_requests_after_a_held_one`.
//! * Old handles: `a_handle_that_outlives_its_request_reaches_no_other`,
//!   `a_stale_handle_writes_nowhere_even_if_something_keeps_the_request`,
//!   `a_stale_handle_removes_nothing_from_the_callbacks_of_the_end`.
//! * Panics and failures:
//!   `several_callbacks_for_an_expiry_run_even_if_one_panics_and_the_pass_follows`,
//!   `a_handler_that_panics_after_a_wait_leaves_the_hub_clean`,
//!   `a_handler_that_panics_after_a_wait_ends_its_connection_as_one_does_that_was_never_held`,
//!   `a_panic_after_a_wait_is_a_500_where_a_layer_catches_panics`,
//!   `a_service_that_fails_after_a_wait_is_never_hidden`,
//!   `a_middleware_that_fails_after_a_wait_is_never_hidden`.
//! * The body: `the_body_of_a_post_is_there_in_the_second_pass`.
//! * Disconnected clients and shutdown: `a_client_that_closes_while_it_is_held_is_forgotten`,
//!   `shutdown_ends_every_wait_of_every_kind`.
//! * Memory: `waiter_timer_key_waker_and_attributes_go_at_once`,
//!   `it_is_so_if_a_callback_of_the_end_could_read_them`,
//!   `a_waiter_weighs_at_most_128_bytes_and_leaves_next_to_nothing`.
//! * `examples/qos`: `a_permit_is_kept_until_the_response_has_been_sent`,
//!   `a_handler_that_panics_gives_its_permit_back`,
//!   `a_permit_goes_to_a_waiting_request_and_no_other_can_take_it`,
//!   `on_many_threads_no_permit_is_lost_and_none_is_given_twice`,
//!   `a_request_is_refused_at_once_if_too_many_wait`, `a_request_that_has_left_is_not_called`,
//!   `a_request_that_has_waited_too_long_is_refused_and_not_called`,
//!   `without_permits_no_request_goes_on_until_there_are_some`,
//!   `with_fewer_permits_no_request_goes_on_until_enough_have_ended`.
//! * Values: `a_notify_gives_its_value_to_all_waiters_of_any_of_its_keys`.
//! * Refusals: `a_refusal_is_told_with_its_limit`, `a_request_to_a_full_hub_is_told_so`,
//!   `middleware_outside_finds_the_reason_of_a_refusal`.
//!
//! [`suspend`]: Continuation::suspend
//! [`suspend_any`]: Continuation::suspend_any
//! [`suspend_for`]: Continuation::suspend_for
//! [`is_expired`]: Continuation::is_expired
//! [`set_attribute`]: Continuation::set_attribute
//! [`attribute`]: Continuation::attribute
//! [`is_initial`]: Continuation::is_initial
//! [`or_respond_with`]: Suspended::or_respond_with

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, End, Handle, Hub, Outcome, Suspended};
