//! For those who know Jetty's continuations, or Spring's `DeferredResult`: what their calls are
//! called here, what has become better, and which test shows it.
//!
//! The greatest difference: `suspend` does nothing by itself. It makes a token, and *returning* the
//! token suspends. So nothing happens behind the handler's back, there is no second suspension in
//! one pass, and it does not matter whether the event comes before the suspension or after it.
//!
//! # The calls
//!
//! | Jetty | here |
//! |---|---|
//! | `ContinuationSupport.getContinuation(request)` | the extractor [`Continuation`], or the argument of [`Hub::run`] |
//! | `setTimeout(ms)`, `suspend()` | [`Continuation::suspend_for`] with the timeout; [`suspend`](Continuation::suspend) and [`suspend_any`](Continuation::suspend_any) wait for keys besides; [`Handle::set_timeout`] later |
//! | `suspend(response)` | none needed: whatever a pass that suspends has written is discarded |
//! | `resume()` | [`Handle::resume`], [`Hub::resume`] by an id, [`Hub::notify`] by a key |
//! | `complete()` | [`Handle::complete`] and [`Hub::complete`], with the response |
//! | `isInitial()`, `isResumed()`, `isExpired()` | [`Continuation::dispatch`], one enum; [`is_initial`](Continuation::is_initial) and the others read it |
//! | `isSuspended()` | a handler that runs is not suspended; [`Hub::suspended`] counts those who are |
//! | `undispatch()` | `?` on an [`Outcome`], from any depth |
//! | `setAttribute`, `getAttribute`, `removeAttribute` | [`set_attribute`](Continuation::set_attribute), [`attribute`](Continuation::attribute), [`remove_attribute`](Continuation::remove_attribute), by type instead of name; from outside [`Handle::set_attribute`] |
//! | `addContinuationListener`: `onTimeout` | [`Suspended::on_expire`] |
//! | `addContinuationListener`: `onComplete` | [`Continuation::on_complete`], which is told [how it ended](End) |
//! | `isResponseWrapped()`, `getServletResponse()` | none: a layer outside sees one request and one response |
//! | `ContinuationFilter` | `axum::ResumeLayer`, `actix::Resume` |
//! | `QoSFilter`, `DoSFilter`, `AsyncRestServlet` | `examples/qos.rs`, `examples/throttle.rs`, `examples/fan_out.rs` |
//!
//! | Spring, JAX-RS | here |
//! |---|---|
//! | `DeferredResult.setResult`, `AsyncResponse.resume(value)` | [`Handle::complete`] with the response, or [`Handle::resume_with`] with a value for the next pass; `bool` as there |
//! | `setErrorResult`, `resume(error)` | [`Handle::complete`] with a response that says so, or [`Handle::resume_with`] a `Result` |
//! | a default result, a timeout value | [`Suspended::or_respond`], [`or_respond_with`](Suspended::or_respond_with) |
//! | `onTimeout`, `TimeoutHandler` | [`Suspended::on_expire`], or the pass that [`is_expired`](Continuation::is_expired) |
//! | `onError`, `onCompletion`, `CompletionCallback`, `ConnectionCallback` | [`Continuation::on_complete`] |
//! | `AsyncResponse.setTimeout` | [`Handle::set_timeout`] |
//! | `isSetOrExpired`, `isDone` | none: whoever is late is told by `false` |
//! | `WebAsyncTask`, `Callable` | an `async` handler, which needs no continuation |
//!
//! # What is as it was there
//!
//! | | what | shown by |
//! |---|---|---|
//! | M1 | Register when you like: any wake after the pass has begun counts. | `a_notify_between_check_and_suspend_is_not_lost`, `a_resume_during_the_pass_ends_the_wait_as_it_begins` |
//! | M2 | A wake before the handler has returned is honoured. | `it_is_remembered_while_the_handler_awaits_something_else`, `a_completion_while_the_handler_runs_is_its_answer_whatever_it_returns` |
//! | M3 | A wait ends exactly once. | `each_way_ends_it_and_after_that_no_other_does`, `of_a_resume_and_an_expiry_exactly_one_ends_the_wait` |
//! | M4 | A wake cancels the timer, which never runs code of the application. It counts from the request's arrival; [from the handler's return](Suspended::from_now) if asked. | `no_listener_runs_on_the_timers_thread` |
//! | M5 | When nobody acts, the handler is executed again, expired. | `a_timeout_executes_a_suspended_handler_again` |
//! | M6 | A request may suspend again and again; attributes stay; it ends once. | `attributes_stay_from_pass_to_pass`, `the_end_is_told_once_and_which_it_was` |
//! | M7 | It can be completed without another pass. | `a_completed_request_has_no_further_pass` |
//! | M8 | Listeners are called in order. | `several_are_told_in_the_order_in_which_they_asked_whoever_panics` |
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
//! | B2 | Who loses a race is told so, and changes nothing. | `each_way_ends_it_and_after_that_no_other_does` |
//! | B3 | One reason for a pass, not four flags. | `of_two_at_the_same_time_one_wins_and_the_request_sees_that_one` |
//! | B4 | A handle of an ended request reaches no other, nor writes anywhere. | `a_stale_handle_writes_nowhere_even_if_something_keeps_the_request` |
//! | B5 | A timeout of zero is over at once, and [`Duration::MAX`](std::time::Duration::MAX) never, everywhere. | `a_timeout_of_zero_ends_at_once`, `the_longest_timeout_there_is_never_ends_and_never_overflows` |
//! | B6 | A listener that panics skips neither the others nor the pass. | `several_are_told_of_an_expiry_whoever_panics_and_the_pass_comes` |
//! | B7 | Who fails or panics has not suspended; a failure after a wake is never swallowed. | `a_handler_that_panics_after_a_wait_leaves_the_hub_clean`, `a_service_that_fails_after_a_wait_is_never_hidden`, `a_middleware_that_fails_after_a_wait_is_never_hidden` |
//! | B8 | Nothing of a suspended pass is sent, and every pass has the whole body. | `nothing_is_left_of_it_on_axum`, `nothing_is_left_of_it_on_actix`, `the_body_of_a_post_is_there_in_the_second_pass` |
//! | B9 | That the client has gone, or the server stops, ends the wait and is told. | `a_client_that_closes_while_it_is_held_is_forgotten`, `the_end_is_told_once_and_which_it_was` |
//! | B10 | Nothing is done on the timer's thread but waking; a finished request is kept by nobody. | `waiter_timer_key_waker_and_attributes_go_at_once`, `a_waiter_weighs_at_most_128_bytes_and_leaves_next_to_nothing` |
//! | B11 | A QoS filter whose permit lasts to the end of the request and is handed on, with a bounded queue without stale heads, resizable. | `examples/qos.rs` and its tests |
//! | B12 | An answer for the end of the time, deadlines that can be moved, waking with a value. | `a_ready_answer_spares_the_pass_when_the_time_is_up`, `a_deadline_can_be_moved_further_away_and_nearer`, `a_notify_hands_its_value_to_everybody_who_waits_for_whichever_key` |
//!
//! Not taken over: waking into another handler (`dispatch(path)`), which a handler can do itself by
//! calling it, and interceptors, for which there is middleware.

#[expect(unused_imports, reason = "for the documentation")]
use crate::{Continuation, End, Handle, Hub, Outcome, Suspended};
