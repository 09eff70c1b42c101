//! What the command line says.

use std::time::Duration;

use lexopt::Arg::Long;
use lexopt::{Parser, ValueExt};

use crate::limits::Limits;

pub(crate) struct Arguments {
    pub(crate) port: u16,
    pub(crate) threads: usize,
    pub(crate) limits: Limits,
}

impl Arguments {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let (mut port, mut threads, mut limits) = (3000, 1, Limits::default());
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("port") => port = parser.value()?.parse_with(self::port)?,
                Long("threads") => threads = parser.value()?.parse_with(self::threads)?,
                Long("idle-ms") => limits.idle = milliseconds(&mut parser)?,
                Long("head-ms") => limits.head = milliseconds(&mut parser)?,
                Long("body-ms") => limits.body = milliseconds(&mut parser)?,
                Long("write-ms") => limits.write = milliseconds(&mut parser)?,
                other => Err(format!("{}: {OPTIONS}", other.unexpected()))?,
            }
        }
        Ok(Self {
            port,
            threads,
            limits,
        })
    }
}

const OPTIONS: &str = "the options are --port N, --threads N, and for the patience with a client \
                       --idle-ms N, --head-ms N, --body-ms N and --write-ms N";

fn port(value: &str) -> Result<u16, &'static str> {
    value.parse().map_err(|_| "--port is a number up to 65535")
}

fn threads(value: &str) -> Result<usize, &'static str> {
    match value.parse() {
        Ok(threads @ 1..=1024) => Ok(threads),
        _ => Err("--threads is a number from 1 to 1024"),
    }
}

fn milliseconds(parser: &mut Parser) -> Result<Duration, lexopt::Error> {
    let milliseconds = |value: &str| value.parse().map_err(|_| "a limit is in milliseconds");
    let milliseconds = parser.value()?.parse_with(milliseconds)?;
    Ok(Duration::from_millis(milliseconds))
}
