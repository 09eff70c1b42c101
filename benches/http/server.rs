//! A contender as a process: it is started, asked what it takes, and ended.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use support::measure::Process;
use support::send_signal;

use crate::contenders::{Contender, Examples};
use crate::pause::comes_true;
use crate::requests;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
    /// Of the process, once it has answered.
    children: Vec<u32>,
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
        let process = command
            .spawn()
            .with_context(|| format!("{:?} does not start", command.get_program()))?;
        let mut server = Self {
            address: ([127, 0, 0, 1], port).into(),
            process,
            children: Vec::new(),
        };
        server.until_it_answers()?;
        server.children = children(server.process.id());
        Ok(server)
    }

    fn until_it_answers(&mut self) -> anyhow::Result<()> {
        let answers = comes_true(|| {
            if let Some(status) = self.process.try_wait()? {
                bail!("it has ended before its first answer ({status}); what it said is above");
            }
            Ok(answers(self.address).is_ok())
        });
        ensure!(answers?, "it does not answer at {}", self.address);
        Ok(())
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
        let children = self.children.iter().copied();
        children.chain([self.process.id()]).map(Process::new)
    }
}

impl Drop for Server {
    /// Its children would go on without it.
    fn drop(&mut self) {
        let orphans = children(self.process.id());
        let _ = self.process.kill();
        for orphan in orphans {
            send_signal("KILL", orphan);
        }
        let _ = self.process.wait();
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
