//! The servers that are measured.

mod by_hand;
mod examples;
mod floor;
mod mimalloc;
mod nchan;
mod role;

use std::io;
use std::process::Command;
use std::time::Duration;

pub(crate) use examples::Examples;
pub(crate) use role::Role;

/// A server, which is a process.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    kind: Kind,
    allocator: Allocator,
}

enum Kind {
    /// This program, as the server that it has for this purpose.
    Here(Role),
    /// An example of this crate, with these arguments.
    Example(&'static str, &'static [&'static str]),
    Nchan,
}

enum Allocator {
    OfTheSystem,
    Mimalloc,
}

/// All of them, in the order in which they are measured: those that are compared are neighbours.
pub(crate) const ALL: [Contender; 16] = [
    Contender::here("axum-by-hand", Role::ByHandOnAxum),
    Contender::example("axum-handler", "hold", &hold("axum", "handler", "passes")),
    Contender::example(
        "axum-handler-once",
        "hold",
        &hold("axum", "handler", "once"),
    ),
    Contender::example("axum-layer", "hold", &hold("axum", "layer", "passes")),
    Contender::example("axum-layer-once", "hold", &hold("axum", "layer", "once")),
    Contender::here("axum-by-hand-mimalloc", Role::ByHandOnAxum).on_mimalloc(),
    Contender::example(
        "axum-handler-mimalloc",
        "hold",
        &hold("axum", "handler", "passes"),
    )
    .on_mimalloc(),
    Contender::here("actix-by-hand", Role::ByHandOnActix),
    Contender::example("actix-handler", "hold", &hold("actix", "handler", "passes")),
    Contender::example(
        "actix-handler-once",
        "hold",
        &hold("actix", "handler", "once"),
    ),
    Contender::example("actix-layer", "hold", &hold("actix", "layer", "passes")),
    Contender::example("actix-layer-once", "hold", &hold("actix", "layer", "once")),
    Contender::example("own", "own_server", &["--threads", "1"]),
    Contender::example("own-2", "own_server", &["--threads", "2"]),
    Contender {
        name: "nchan",
        kind: Kind::Nchan,
        allocator: Allocator::OfTheSystem,
    },
    Contender::here("floor", Role::Floor),
];

/// The arguments of the example `hold`.
const fn hold(framework: &'static str, mount: &'static str, at: &'static str) -> [&'static str; 6] {
    ["--framework", framework, "--mount", mount, "--at", at]
}

impl Contender {
    const fn here(name: &'static str, role: Role) -> Self {
        Self {
            name,
            kind: Kind::Here(role),
            allocator: Allocator::OfTheSystem,
        }
    }

    const fn example(
        name: &'static str,
        example: &'static str,
        arguments: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            kind: Kind::Example(example, arguments),
            allocator: Allocator::OfTheSystem,
        }
    }

    const fn on_mimalloc(mut self) -> Self {
        self.allocator = Allocator::Mimalloc;
        self
    }

    /// Why it cannot be started here, and what would help.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        match (&self.kind, &self.allocator) {
            (Kind::Nchan, _) => nchan::missing(),
            (_, Allocator::Mimalloc) => mimalloc::missing(),
            _ => None,
        }
    }

    /// How it is started at a port of 127.0.0.1.
    pub(crate) fn command(
        &self,
        examples: &Examples,
        port: u16,
        timeout: Duration,
    ) -> io::Result<Command> {
        let mut command = match &self.kind {
            Kind::Nchan => return nchan::command(port, timeout),
            Kind::Here(role) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["--serve", role.name()]);
                command
            }
            Kind::Example(example, arguments) => {
                let mut command = Command::new(examples.path(example));
                command.args(*arguments);
                command
            }
        };
        command.args(["--port", &port.to_string()]);
        if let (Allocator::Mimalloc, Some(library)) = (&self.allocator, mimalloc::library()) {
            command.env("LD_PRELOAD", library);
        }
        Ok(command)
    }

    /// Where requests are held that expire soon. nchan has a timeout for each location, and none for each request.
    pub(crate) fn path_of_brief_polls(&self) -> &'static str {
        match self.kind {
            Kind::Nchan => nchan::BRIEF_POLLS,
            _ => "/poll/",
        }
    }

    /// What is answered to a request that expires.
    pub(crate) fn status_of_expiry(&self) -> u16 {
        match self.kind {
            Kind::Nchan => 408,
            _ => 204,
        }
    }

    /// How many requests it holds, by what it says when it is asked for its health.
    pub(crate) fn held(&self, health: &str) -> Option<usize> {
        let number = match self.kind {
            Kind::Nchan => nchan::subscribers(health)?,
            _ => health,
        };
        number.parse().ok()
    }
}
