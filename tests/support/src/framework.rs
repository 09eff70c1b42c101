//! What a framework does to get every test of the table.

use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use dacapo::push::Push;

use crate::{Application, Listening, Server};

/// A framework, as a test of the table sees it.
pub trait Framework: Copy + 'static {
    /// What a handler is told that stands under no layer: the name of the layer, and how to add it.
    fn missing_layer(self) -> [&'static str; 2];

    /// Makes a server of an application: it needs no socket and no runtime.
    fn serve<K: Clone + 'static>(self, application: Application<K>) -> Server;

    /// Makes a server of an application and, under this prefix, of what other processes may push to it.
    fn serve_with_push<K>(
        self,
        application: Application<K>,
        prefix: &'static str,
        push: Push<K>,
    ) -> Server
    where
        K: FromStr<Err: Display> + Hash + Clone + Send + 'static;

    /// Makes one that listens on a socket.
    fn listen<K: Clone + 'static>(self, application: Application<K>) -> Listening;
}

/// Runs a test on a framework. A closure that is given here need not name the type of its parameter.
pub fn run<F: Framework>(framework: F, test: impl FnOnce(F)) {
    test(framework);
}

/// A test for each framework: `on_each_framework!(name_as_a_sentence, |on| { … })`.
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

/// A test for each framework and for both ways to mount a handler: `on_each_mount!(name, |on, mount| { … })`.
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
