//! The servers that are measured: processes, with the system's figures of them.

use crate::constant::CONSTANT;
use crate::options::Options;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A serving process; it is ended when dropped.
pub(super) struct Process {
    child: Child,
    /// Kept open, so that the process may go on writing.
    _output: BufReader<ChildStdout>,
    pub(super) address: SocketAddr,
}

/// The memory of a process in KiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// KiB in use now.
    pub(super) resident: u64,
    /// The most KiB in use so far.
    pub(super) most: u64,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VmRSS {} MiB, VmHWM {} MiB", self.resident / 1024, self.most / 1024)
    }
}

impl Process {
    /// Starts the product with `serve`, without limits on the number of requests.
    pub(super) fn product(options: &Options) -> Result<Self> {
        let program = match &options.program {
            Some(named) => named.clone(),
            None => this_program()?.with_file_name("thidua"),
        };
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--requests-per-minute", "0", "--logins-per-minute", "0"]);
        command.args(["--atomic-rows", "100000", "--workers", &options.workers.to_string()]);
        command.env("DATABASE_URL", &options.database_url).env("RUST_LOG", &options.log);
        Self::start(command)
    }

    /// Starts a server that gives the answer in a file to every request.
    pub(super) fn constant(answer: &Path, workers: usize) -> Result<Self> {
        let mut command = Command::new(this_program()?);
        command.args([CONSTANT, "--workers", &workers.to_string(), "--answer"]).arg(answer);
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| command.get_program().display().to_string())?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        let mut address = None;
        while address.is_none() && output.read_line(&mut line)? > 0 {
            address = line.split_once("http://").and_then(|(_, rest)| rest.split(' ').next()?.trim().parse().ok());
            line.clear();
        }
        match address {
            Some(address) => Ok(Self { child, _output: output, address }),
            None => bail!("{command:?} does not serve"),
        }
    }

    /// The time the process has had on a core.
    pub(super) fn on_cores(&self) -> Result<Duration> {
        let stat = self.proc_file("stat")?;
        // After the name, which may hold anything: the state, 10 numbers, then the ticks in user and in system mode.
        let numbers = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
        let ticks = numbers.filter_map(|number| number.parse::<u64>().ok()).sum::<u64>();
        Ok(Duration::from_millis(ticks * MILLISECONDS_PER_TICK))
    }

    /// Its memory.
    pub(super) fn memory(&self) -> Result<Memory> {
        let status = self.proc_file("status")?;
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
        };
        Ok(Memory { resident: of("VmRSS:"), most: of("VmHWM:") })
    }

    fn proc_file(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        std::fs::read_to_string(&path).context(path)
    }
}

/// Linux counts 100 ticks a second for programs on all usual machines.
const MILLISECONDS_PER_TICK: u64 = 10;

impl Drop for Process {
    fn drop(&mut self) {
        // An answered write is on disk: there is nothing to be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn this_program() -> Result<PathBuf> {
    std::env::current_exe().context("the place of this program")
}
