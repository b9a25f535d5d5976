//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::commands::Program;
use tikv_jemallocator::Jemalloc;

/// Gives memory back that nobody has used for a second (`.cargo/config.toml`): a server that has had much to do, or has
/// just started, needs no more than half of what the C library's would keep.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    match Program::parse().run() {
        Ok(code) => code,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
