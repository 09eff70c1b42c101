//! What is measured of a contender.

use std::collections::BTreeMap;

use support::measure::Spread;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    // CPU of the server, in microseconds for each request:
    Multicast,
    QuietMulticast,
    Unicast,
    Unheard,
    Timeout,
    ParkByKey,
    ParkOnOneKey,
    // What a client sees, in milliseconds:
    FirstAnswer,
    LastAnswer,
    Lateness,
    // The same in microseconds:
    OneAtATime,
    // Memory of the server, in KiB for each request:
    Held,
    HeldBesideIdle,
}

impl Figure {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Multicast => "multicast",
            Self::QuietMulticast => "– to quiet clients",
            Self::Unicast => "unicast by 8 publishers",
            Self::Unheard => "– a notify that finds no request",
            Self::Timeout => "time-out",
            Self::ParkByKey => "park, each for its own key",
            Self::ParkOnOneKey => "– all for one key",
            Self::FirstAnswer => "the first answer of a multicast",
            Self::LastAnswer => "the last answer of a multicast",
            Self::OneAtATime => "one at a time, p50",
            Self::Lateness => "a time-out is late by, p50",
            Self::Held => "memory of a held request, all in",
            Self::HeldBesideIdle => "– beyond an idle connection",
        }
    }
}

/// The figures of one cycle, each as often as it was measured.
#[derive(Debug, Default)]
pub(crate) struct Figures(BTreeMap<Figure, Vec<f64>>);

impl Figures {
    pub(crate) fn add(&mut self, figure: Figure, value: f64) {
        self.0.entry(figure).or_default().push(value);
    }

    pub(crate) fn median(&self, figure: Figure) -> Option<f64> {
        let rounds = self.0.get(&figure)?;
        Some(Spread::of(rounds.iter().copied()).median)
    }
}

/// The figures of all cycles, by the names of the contenders.
#[derive(Debug, Default)]
pub(crate) struct Record(BTreeMap<&'static str, BTreeMap<usize, Figures>>);

impl Record {
    pub(crate) fn add(&mut self, contender: &'static str, cycle: usize, figures: Figures) {
        self.0.entry(contender).or_default().insert(cycle, figures);
    }

    pub(crate) fn has(&self, contender: &str) -> bool {
        self.0.contains_key(contender)
    }

    /// What it came to over the cycles.
    pub(crate) fn spread(&self, contender: &str, figure: Figure) -> Option<Spread> {
        let cycles = self.0.get(contender)?.values();
        spread(cycles.filter_map(|figures| figures.median(figure)))
    }

    /// The ratio of one contender to another, cycle by cycle: those in which both were measured.
    pub(crate) fn ratio(&self, of: &str, to: &str, figure: Figure) -> Option<Spread> {
        let (of, to) = (self.0.get(of)?, self.0.get(to)?);
        let ratio = |(cycle, figures): (&usize, &Figures)| {
            Some(figures.median(figure)? / to.get(cycle)?.median(figure)?)
        };
        spread(of.iter().filter_map(ratio))
    }
}

fn spread(values: impl Iterator<Item = f64>) -> Option<Spread> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| Spread::of(values))
}
