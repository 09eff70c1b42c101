//! The servers that are in this program: to measure them, it starts itself.

use super::{by_hand, floor};

/// What this program can be in place of a bench.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    ByHandOnAxum,
    ByHandOnActix,
    Floor,
}

impl Role {
    const ALL: [Self; 3] = [Self::ByHandOnAxum, Self::ByHandOnActix, Self::Floor];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ByHandOnAxum => "by-hand-on-axum",
            Self::ByHandOnActix => "by-hand-on-actix",
            Self::Floor => "floor",
        }
    }

    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let role = Self::ALL.into_iter().find(|role| role.name() == name);
        role.ok_or_else(|| format!("--serve is one of {}", Self::ALL.map(Self::name).join(", ")))
    }

    /// Is a server, until the process is ended.
    pub(crate) fn serve(self, port: u16) -> anyhow::Result<()> {
        match self {
            Self::ByHandOnAxum => by_hand::on_axum::serve(port)?,
            Self::ByHandOnActix => by_hand::on_actix::serve(port)?,
            Self::Floor => floor::serve(port)?,
        }
        Ok(())
    }
}
