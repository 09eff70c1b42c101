//! A log in which the handler's lines are not repeated for each pass.
//!
//! It has a separate process: if a thread without a subscriber has seen a callsite, `tracing` may disable it for all
//! threads.

use std::time::Duration;

use dacapo::{Continuation, Hub, Outcome};
use futures::FutureExt;
use support::Log;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, info};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

const HOLD: Duration = Duration::from_secs(30);

/// Hides the lines of later passes of a request.
struct FirstPasses;

/// The present pass of a request.
struct Pass(u64);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for FirstPasses {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        metadata.target() == "dacapo" || *metadata.level() <= Level::INFO
    }

    fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
        let mut scope = context.event_scope(event).into_iter().flatten();
        let request = scope.find(|span| span.name() == "continuation");
        if event.metadata().target() == "dacapo" {
            let mut pass = Pass(0);
            event.record(&mut pass);
            if let Some(request) = request.filter(|_| pass.0 > 0) {
                request.extensions_mut().replace(pass);
            }
            return *event.metadata().level() <= Level::DEBUG;
        }
        request.is_none_or(|request| {
            let extensions = request.extensions();
            extensions.get::<Pass>().is_none_or(|pass| pass.0 == 1)
        })
    }
}

impl Visit for Pass {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "pass" {
            self.0 = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// The lines of a request with three passes that a filter keeps.
fn left_by<F: Filter<Registry> + Send + Sync + 'static>(filter: F) -> Vec<String> {
    async fn look(c: Continuation<String>) -> Outcome<()> {
        info!("the handler looks");
        tracing::debug!("below the level");
        match c.is_expired() {
            true => Ok(()),
            false => Err(c.suspend("news", HOLD)),
        }
    }
    let log = Log::default();
    let writer = {
        let log = log.clone();
        move || log.clone()
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .without_time()
        .with_ansi(false)
        .with_filter(filter);
    tracing::subscriber::with_default(Registry::default().with(lines), || {
        let (hub, clock) = Hub::with_mock_clock();
        info!("before");
        let mut request = Box::pin(hub.run(look));
        assert_eq!(request.as_mut().now_or_never(), None);
        hub.notify("news");
        assert_eq!(request.as_mut().now_or_never(), None);
        clock.advance(HOLD);
        assert_eq!(request.now_or_never(), Some(Ok(().into())));
        info!("after");
    });
    log.lines()
}

const LOOKS: &str = "INFO continuation{request=0}: recipes_logs: the handler looks";
const OVER: &str = "DEBUG continuation{request=0}: dacapo: the request is over end=Answered";

#[test]
fn a_directive_for_dacapo_hides_its_passes_and_not_the_logs_of_the_handler() {
    let directive: Targets = "info,dacapo=debug".parse().unwrap();
    let log = [
        "INFO recipes_logs: before",
        LOOKS,
        LOOKS,
        LOOKS,
        OVER,
        "INFO recipes_logs: after",
    ];
    assert_eq!(left_by(directive), log);
}

#[test]
fn a_filter_that_knows_the_pass_hides_the_logs_of_later_passes() {
    let log = [
        "INFO recipes_logs: before",
        LOOKS,
        OVER,
        "INFO recipes_logs: after",
    ];
    assert_eq!(left_by(FirstPasses), log);
}
