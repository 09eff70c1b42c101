//! What the command line says.

use lexopt::Arg::{Long, Value};
use lexopt::ValueExt;

use crate::contenders::{ALL, Contender, Role};
use crate::plan::Plan;

pub(crate) struct Arguments {
    pub(crate) command: Command,
}

pub(crate) enum Command {
    /// To be one of the servers, at this port.
    Serve(Role, u16),
    Measure(Plan, Vec<&'static Contender>),
}

impl Arguments {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        let (mut plan, mut cycles, mut contenders) = (Plan::USUAL, None, Vec::new());
        let (mut role, mut port) = (None, 0);
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("bench") => {} // cargo says so to every bench
                Long("quick") => plan = Plan::QUICK,
                Long("full") => plan = Plan::FULL,
                Long("cycles") => cycles = Some(parser.value()?.parse_with(number)?),
                Long("serve") => role = Some(parser.value()?.parse_with(Role::parse)?),
                Long("port") => port = parser.value()?.parse()?,
                Value(name) => contenders.push(name.parse_with(contender)?),
                other => Err(format!("{}: {OPTIONS}", other.unexpected()))?,
            }
        }
        plan.cycles = cycles.unwrap_or(plan.cycles);
        if contenders.is_empty() {
            contenders = ALL.iter().collect();
        }
        let command = match role {
            Some(role) => Command::Serve(role, port),
            None => Command::Measure(plan, contenders),
        };
        Ok(Self { command })
    }
}

const OPTIONS: &str =
    "the options are --quick, --full and --cycles N, followed by names of contenders";

fn number(value: &str) -> Result<usize, &'static str> {
    let number = value.parse().ok().filter(|cycles| *cycles > 0);
    number.ok_or("--cycles is a number from 1 on")
}

fn contender(name: &str) -> Result<&'static Contender, String> {
    let found = ALL.iter().find(|contender| contender.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|contender| contender.name).collect();
        format!("the contenders are {}", names.join(", "))
    })
}
