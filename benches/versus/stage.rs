//! Runs the contenders.

use support::contenders::Contender;
use support::contenders::Ours;
use support::contenders::{OnEventListener, OnNotify, OnWatch};
use support::measure::Spread;

use crate::case::Case;
use crate::reach::{self, Figures};

/// Runs all contenders in alternation, and keeps the results.
pub(crate) struct Stage {
    filters: Vec<String>,
    rounds: usize,
    figures: Figures,
    ratios: Vec<String>,
}

impl Stage {
    /// Runs the cases with a row that has one of these in its name. If there are none of these, runs all cases.
    pub(crate) fn new(filters: Vec<String>, rounds: usize) -> Self {
        println!("nanoseconds each: median (least–greatest) of {rounds} rounds\n");
        println!("| case | ours | by hand | ratio |\n|---|---|---|---|");
        Self {
            filters,
            rounds,
            figures: Figures::new(),
            ratios: Vec::new(),
        }
    }

    pub(crate) fn run(&mut self, case: &impl Case) {
        let names = case.rows();
        if !self.wants(&names) {
            return;
        }
        let stands = [
            case.prepare::<Ours>(),
            case.prepare::<OnNotify>(),
            case.prepare::<OnWatch>(),
            case.prepare::<OnEventListener>(),
        ];
        let rounds = self.alternate(stands);
        for (row, name) in names.iter().enumerate() {
            let figures = |stand: usize| rounds.iter().map(move |round| round[stand][row]);
            for (rival, by) in RIVALS.iter().enumerate() {
                let (ours, theirs) = (figures(0), figures(1 + rival));
                let ratios = ours.zip(theirs).map(|(ours, theirs)| ours / theirs);
                self.report(
                    name,
                    by,
                    [Spread::of(figures(0)), Spread::of(figures(1 + rival))],
                    Spread::of(ratios),
                );
            }
        }
    }

    /// Only this crate: there is nothing to compare with.
    pub(crate) fn run_alone<C: Contender>(&mut self, case: &impl Case) {
        let names = case.rows();
        if !self.wants(&names) {
            return;
        }
        let rounds = self.alternate([case.prepare::<C>()]);
        for (row, case) in names.into_iter().enumerate() {
            let name = match C::NAME == Ours::NAME {
                true => case,
                false => format!("{case}/{}", C::NAME),
            };
            let ours = Spread::of(rounds.iter().map(|[ours]| ours[row]));
            println!("| {name} | {ours} | | |");
            self.figures.insert(name, ours);
        }
    }

    /// The results of all rounds, after a round that warms up.
    fn alternate<const N: usize>(
        &self,
        mut stands: [Box<dyn FnMut() -> Vec<f64>>; N],
    ) -> Vec<[Vec<f64>; N]> {
        let mut round = || stands.each_mut().map(|round| round());
        round();
        (0..self.rounds).map(|_| round()).collect()
    }

    fn wants(&self, names: &[String]) -> bool {
        let wanted = |name: &String| self.filters.iter().any(|filter| name.contains(filter));
        self.filters.is_empty() || names.iter().any(wanted)
    }

    fn report(&mut self, case: &str, rival: &str, [ours, theirs]: [Spread; 2], ratio: Spread) {
        let name = format!("{case}/{rival}");
        println!("| {name} | {ours} | {theirs} | {ratio} |");
        self.ratios.push(format!("{name}={:.2}", ratio.median));
        self.figures.insert(case.to_owned(), ours);
        self.figures.insert(name, theirs);
    }

    /// Prints the targets and, for programs, all ratios.
    pub(crate) fn end(self) {
        reach::report(&self.figures);
        println!("\nversus: {}", self.ratios.join(" "));
    }
}

const RIVALS: [&str; 3] = [OnNotify::NAME, OnWatch::NAME, OnEventListener::NAME];
