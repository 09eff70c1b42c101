//! The comparison of a ratio with the baseline.

/// The difference from the baseline that a ratio may have.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance(f64);

impl Tolerance {
    /// With the same tools. Five runs differ by 0.4 %, and two builds that differ only in this bench differ by 1.8 %.
    pub(crate) const SAME_TOOLS: Self = Self(0.03);

    /// With other tools. With Rust 1.85 and a nightly of 1.97, no ratio was more than 4.7 % above that with 1.95.
    pub(crate) const OTHER_TOOLS: Self = Self(0.10);

    pub(crate) fn percent(self) -> f64 {
        self.0 * 100.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    New,
    Same,
    Less,
    More,
}

impl Verdict {
    pub(crate) fn of(now: f64, before: Option<f64>, Tolerance(part): Tolerance) -> Self {
        match before {
            None => Self::New,
            Some(before) if now <= before * (1.0 - part) - NEXT_TO_NOTHING => Self::Less,
            Some(before) if now <= before * (1.0 + part) + NEXT_TO_NOTHING => Self::Same,
            // This includes a ratio that is not a number.
            Some(_) => Self::More,
        }
    }

    /// A case without a baseline cannot be checked, so it fails.
    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::Same | Self::Less)
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::New => "NEW: write it down with --rewrite",
            Self::Same => "",
            Self::Less => "less: write it down with --rewrite",
            Self::More => "MORE",
        }
    }
}

/// Some ratios of locked instructions are 0, or count a few instructions in hundreds of operations. A relative tolerance
/// means nothing for them.
const NEXT_TO_NOTHING: f64 = 0.01;
