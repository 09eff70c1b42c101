//! This crate, with the clock of tokio.

use std::rc::Rc;
use std::time::Duration;

use dacapo::Hub;
use support::contenders::Ours;
use support::contenders::advance;
use support::contenders::{Answer, Contender, Poll};
use tokio::runtime::Runtime;

#[derive(Clone)]
pub(crate) struct OursOnTokio(Ours);

impl Contender for OursOnTokio {
    const NAME: &'static str = "dacapo on tokio";

    fn new() -> Self {
        let hub = Hub::builder().max_suspended(usize::MAX).build_on_tokio();
        Self(Ours(hub))
    }

    fn simulated(runtime: Rc<Runtime>) -> (Self, Box<dyn Fn(Duration)>) {
        let entered = runtime.enter();
        let ours = Self::new();
        drop(entered);
        (ours, advance(runtime))
    }

    fn hold(&self, poll: Poll) -> impl Future<Output = Answer> + Send + 'static {
        self.0.hold(poll)
    }

    fn notify(&self, key: &str) {
        self.0.notify(key);
    }
}
