//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::cli::Program;
use tikv_jemallocator::Jemalloc;

/// The memory allocator. It gives memory back that nobody has used for a second (`.cargo/config.toml`); the C library's
/// would keep it after a start and after large requests (ADR 12).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let code = Program::parse().run().unwrap_or_else(|error| {
        log::error!("{error:#}");
        ExitCode::FAILURE
    });
    log::logger().flush();
    code
}
