//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::cli::Program;

/// The memory allocator. It gives memory back that nobody has used for a second (`.cargo/config.toml`); the C library's
/// would keep it after a start and after large requests (ADR 12).
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let code = Program::parse().run().unwrap_or_else(|error| {
        log::error!("{error:#}");
        ExitCode::FAILURE
    });
    log::logger().flush();
    code
}
