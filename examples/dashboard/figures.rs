//! The figures of a hub, with what they mean.

use std::time::Duration;

use dacapo::Stats;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Figure {
    of: &'static str,
    name: &'static str,
    value: String,
    means: &'static str,
}

pub(crate) fn figures(stats: &Stats) -> Vec<Figure> {
    let (waits, ended, passes) = (stats.waits, stats.ended, stats.passes);
    let mut figures = Figures(Vec::new());
    figures.of(
        "Now",
        &[
            (
                "suspended",
                &stats.suspended,
                "requests that are held at this moment",
            ),
            (
                "oldest wait",
                &seconds(stats.oldest_wait),
                "how long the oldest of them has been held",
            ),
        ],
    );
    figures.of(
        "Requests, since the start",
        &[
            ("arrived", &stats.requests, "all of them"),
            ("answered", &ended.answered, "their handler had an answer"),
            ("gone", &ended.cancelled, "their client disconnected first"),
            (
                "refused",
                &stats.refused.total(),
                "a limit or a shutdown forbade to hold them",
            ),
        ],
    );
    figures.of(
        "Waits, since the start",
        &[
            (
                "resumed",
                &waits.resumed,
                "ended by a notify: there was news",
            ),
            (
                "expired",
                &waits.expired,
                "ended by the time-out: there was none",
            ),
            (
                "completed",
                &waits.completed,
                "answered from outside, without the handler",
            ),
            (
                "cancelled",
                &waits.cancelled,
                "ended because the client disconnected",
            ),
            (
                "closed",
                &waits.closed,
                "ended by a shutdown or by a newer request",
            ),
        ],
    );
    figures.of(
        "Work, since the start",
        &[
            (
                "passes",
                &passes.total(),
                "executions of handlers: one when a request arrives, one after each wait",
            ),
            (
                "passes per answer",
                &format!("{:.2}", stats.passes_per_answer()),
                "2 is usual: much more means too many notifies",
            ),
            (
                "needless passes",
                &passes.needless,
                "the handler was woken, and found nothing",
            ),
            (
                "notifies",
                &stats.notifies,
                "how often the application said that something had changed",
            ),
            (
                "notifies unheard",
                &stats.unheard_notifies,
                "of these, how many found no request",
            ),
        ],
    );
    figures.of(
        "Health",
        &[
            (
                "lag",
                &seconds(lag(stats.timer_lag)),
                "how late the timer was last: milliseconds are good",
            ),
            (
                "longest lag",
                &seconds(lag(stats.longest_timer_lag)),
                "the worst since the start",
            ),
            (
                "panics caught",
                &stats.panics,
                "faults in the application: 0 is right",
            ),
        ],
    );
    figures.0
}

struct Figures(Vec<Figure>);

type Row<'a> = (&'static str, &'a dyn ToString, &'static str);

impl Figures {
    fn of(&mut self, of: &'static str, rows: &[Row<'_>]) {
        self.0
            .extend(rows.iter().map(|&(name, value, means)| Figure {
                of,
                name,
                value: value.to_string(),
                means,
            }));
    }
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "–".into(), |time| format!("{time:.1?}"))
}

/// Zero until a timer has fired.
fn lag(lag: Duration) -> Option<Duration> {
    (lag > Duration::ZERO).then_some(lag)
}
