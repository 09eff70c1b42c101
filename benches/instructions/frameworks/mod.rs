//! The contenders behind a framework: what a request takes there, from the router to the answer.

mod on_actix;
mod on_axum;

use std::time::Duration;

use crate::contender::{Contender, Request};

pub(crate) use on_actix::{OnActixByHand, OnActixInAHandler, OnActixUnderTheMiddleware};
pub(crate) use on_axum::{OnAxumByHand, OnAxumInAHandler, OnAxumUnderTheLayer};

/// An application of one route, whose handler waits for the key in the path.
pub(crate) trait Site {
    type Contender: Contender;

    fn application(contender: &Self::Contender) -> Application;
}

/// Makes a request for a path.
pub(crate) type Application = Box<dyn Fn(&str) -> Request<()>>;

/// A contender, and the application through which requests reach it.
pub(crate) struct Behind<S: Site> {
    contender: S::Contender,
    application: Application,
}

impl<S: Site> Contender for Behind<S> {
    type Answer = ();

    fn new() -> Self {
        let contender = S::Contender::new();
        let application = S::application(&contender);
        Self {
            contender,
            application,
        }
    }

    /// The handler knows its timeout.
    fn request(&self, key: String, _: Duration) -> Request<()> {
        (self.application)(&format!("/{key}"))
    }

    fn notify(&self, key: &str) {
        self.contender.notify(key);
    }

    fn advance(&self, by: Duration) {
        self.contender.advance(by);
    }

    fn is_empty(&self) -> bool {
        self.contender.is_empty()
    }
}
