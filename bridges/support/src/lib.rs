//! What the tests of the bridges share: a way that breaks, servers, nodes, and the faults that each broker must bear.

pub mod chaos;
pub mod faults;
pub mod figures;
mod node;
pub mod proxy;
mod server;
pub mod ways;

pub use node::{MS, Node, QUICK, Report, SLACK, Seen, Times};
pub use server::{Kind, Server, free_port};

/// Makes a test for this broker of each function: `on_broker!(Kind: faults::one, faults::other)`.
#[macro_export]
macro_rules! on_broker {
    ($kind:ty: $($module:ident::$test:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                $crate::$module::$test::<$kind>().await;
            }
        )*
    };
}
