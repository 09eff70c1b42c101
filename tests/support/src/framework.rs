//! The trait of a framework, and the macros that run every test on each framework.

use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use dacapo::push::Push;

use crate::{Application, Listening, Server};

/// A framework, as the shared tests see it.
pub trait Framework: Copy + 'static {
    /// What a handler without a layer is told: the name of the layer, and how to add it.
    fn missing_layer(self) -> [&'static str; 2];

    /// Makes a server for an application, without a socket and without a runtime.
    fn serve<K: Clone + 'static>(self, application: Application<K>) -> Server;

    /// Makes a server for an application, with a push mounted under a prefix.
    fn serve_with_push<K>(
        self,
        application: Application<K>,
        prefix: &'static str,
        push: Push<K>,
    ) -> Server
    where
        K: FromStr<Err: Display> + Hash + Clone + Send + 'static;

    /// Makes a server that listens on a socket.
    fn listen<K: Clone + 'static>(self, application: Application<K>) -> Listening;
}

/// Runs a test on a framework. With this function, a closure need not name the type of its parameter.
pub fn run<F: Framework>(framework: F, test: impl FnOnce(F)) {
    test(framework);
}

/// Makes a test for each framework: `on_each_framework!(name_as_a_sentence, |on| { … })`.
#[macro_export]
macro_rules! on_each_framework {
    ($name:ident, $test:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn on_axum() {
                $crate::run($crate::Axum, $test);
            }

            #[test]
            fn on_actix() {
                $crate::run($crate::Actix, $test);
            }
        }
    };
}

/// Makes a test for each framework and for both ways to mount a handler: `on_each_mount!(name, |on, mount| { … })`.
#[macro_export]
macro_rules! on_each_mount {
    ($name:ident, |$on:ident, $mount:ident| $test:expr) => {
        mod $name {
            use super::*;

            $crate::on_each_framework!(in_a_handler, |$on| {
                let $mount = $crate::Mount::InAHandler;
                $test
            });
            $crate::on_each_framework!(under_the_layer, |$on| {
                let $mount = $crate::Mount::UnderTheLayer;
                $test
            });
        }
    };
}
