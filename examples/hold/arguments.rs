//! The command line.

use lexopt::Arg::Long;
use lexopt::ValueExt;

use crate::{Answers, Framework, Mount};

pub(crate) struct Arguments {
    pub(crate) framework: Framework,
    pub(crate) mount: Mount,
    pub(crate) answers: Answers,
    pub(crate) port: u16,
}

impl Arguments {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let mut parsed = Self {
            framework: Framework::Axum,
            mount: Mount::Handler,
            answers: Answers::AtOnce,
            port: 3000,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("framework") => parsed.framework = parser.value()?.parse_with(framework)?,
                Long("mount") => parsed.mount = parser.value()?.parse_with(mount)?,
                Long("at") => parsed.answers = parser.value()?.parse_with(answers)?,
                Long("port") => parsed.port = parser.value()?.parse_with(port)?,
                other => Err(format!("{}: {OPTIONS}", other.unexpected()))?,
            }
        }
        Ok(parsed)
    }
}

const OPTIONS: &str =
    "the options are --framework axum|actix, --mount handler|layer, --port N and --at once|passes";

fn framework(value: &str) -> Result<Framework, &'static str> {
    match value {
        "axum" => Ok(Framework::Axum),
        "actix" => Ok(Framework::Actix),
        _ => Err("--framework is axum or actix"),
    }
}

fn mount(value: &str) -> Result<Mount, &'static str> {
    match value {
        "handler" => Ok(Mount::Handler),
        "layer" => Ok(Mount::Layer),
        _ => Err("--mount is handler or layer"),
    }
}

fn answers(value: &str) -> Result<Answers, &'static str> {
    match value {
        "once" => Ok(Answers::AtOnce),
        "passes" => Ok(Answers::InPasses),
        _ => Err("--at is once or passes"),
    }
}

fn port(value: &str) -> Result<u16, &'static str> {
    value.parse().map_err(|_| "--port is a number up to 65535")
}
