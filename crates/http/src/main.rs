//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::cli::Program;
use tikv_jemallocator::Jemalloc;

/// Gives memory back that nobody has used for a second (`.cargo/config.toml`), which the C library's would keep after a
/// start and after large requests (ADR 12).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let code = Program::parse().run().unwrap_or_else(|error| {
        log::error!("{error}");
        ExitCode::FAILURE
    });
    log::logger().flush();
    code
}
