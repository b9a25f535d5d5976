//! `thidua-bench`: the speed of the program beside a handler that does nothing (docs/performance.md). For developers; the
//! database it runs on is not good for anything else afterwards.
//!
//! The program is started as a process and knows nothing of being measured: [`processes`] starts it, [`province`] fills it
//! through its API, [`load`] asks, and [`constant`] is what it is compared with; for many records in one request that is
//! [`bare_inserts`].

mod bare_inserts;
mod constant;
mod load;
mod neighbours;
mod options;
mod processes;
mod province;
mod run;
mod table;

use anyhow::Result;
use clap::{Parser, Subcommand};
use constant::Constant;
use options::Options;

/// The memory allocator, the program's own, so that the constant handler has no other.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the speed of thidua; see docs/performance.md.
#[derive(Debug, Parser)]
#[command(version, name = "thidua-bench")]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure the product beside the constant handler.
    Run(Options),
    /// Serve one answer to every request.
    Constant(Constant),
}

fn main() -> Result<()> {
    match Program::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Constant(constant) => constant.run(),
    }
}
