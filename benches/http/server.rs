//! A contender as a process: it is started, asked what it takes, and ended.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use support::measure::Process;

use crate::contenders::{Contender, Examples};
use crate::requests;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    /// The process and its children, which exist once it has answered.
    processes: Vec<u32>,
}

impl Server {
    /// Starts a contender, and waits until it answers.
    pub(crate) fn start(
        contender: &Contender,
        examples: &Examples,
        timeout: Duration,
    ) -> anyhow::Result<Self> {
        let port = free_port().context("a free port")?;
        let mut command = contender.command(examples, port, timeout)?;
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("{:?} does not start", command.get_program()))?;
        let mut server = Self {
            address: ([127, 0, 0, 1], port).into(),
            processes: vec![child.id()],
            child,
        };
        server.until_it_answers()?;
        server.processes.extend(children(server.child.id()));
        Ok(server)
    }

    fn until_it_answers(&mut self) -> anyhow::Result<()> {
        for _ in 0..ATTEMPTS {
            if answers(self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it has ended before its first answer ({status}); what it said is above");
            }
            pause(A_MOMENT);
        }
        bail!("it does not answer at {}", self.address)
    }

    /// What it has computed until now.
    pub(crate) fn cpu(&self) -> Duration {
        self.each().map(Process::cpu).sum()
    }

    /// Its memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.each().map(Process::memory).sum()
    }

    fn each(&self) -> impl Iterator<Item = Process> {
        self.processes.iter().copied().map(Process::new)
    }
}

impl Drop for Server {
    /// Ends all its processes at once: a child of one that is killed would go on.
    fn drop(&mut self) {
        let processes = self.processes.iter().map(u32::to_string);
        let _ = Command::new("kill").arg("-KILL").args(processes).status();
        let _ = self.child.wait();
    }
}

/// A port that the system has just given away, and has back.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn answers(server: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(&requests::health())?;
    stream.read_exact(&mut [0; 12])
}

/// As Linux tells.
fn children(process: u32) -> Vec<u32> {
    let told = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let told = told.unwrap_or_default();
    told.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}

/// Does nothing for a while.
#[expect(
    clippy::disallowed_methods,
    reason = "what goes on meanwhile is another process, which wakes nothing here"
)]
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}

const ATTEMPTS: u32 = 200;

const A_MOMENT: Duration = Duration::from_millis(50);
