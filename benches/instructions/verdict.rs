//! What is said of a ratio beside what it was.

/// By how much a ratio may differ from what it was.
#[derive(Clone, Copy)]
pub(crate) struct Tolerance(f64);

impl Tolerance {
    /// With the same tools. Five runs differ by 0.4 %, but two builds between which only this bench changed
    /// by 1.8 %.
    pub(crate) const SAME_TOOLS: Self = Self(0.03);

    /// With others. Made by Rust 1.85 and by a nightly of 1.97, no ratio was more than 4.7 % above that of 1.95.
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
            // What is not a number, too.
            Some(_) => Self::More,
        }
    }

    /// What has not been written down cannot be checked, so it is not good either.
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

/// Some ratios of locked instructions are 0, or those of one case in hundreds: no part of that is a tolerance.
const NEXT_TO_NOTHING: f64 = 0.01;
