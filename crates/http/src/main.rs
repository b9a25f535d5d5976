//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::commands::Program;

fn main() -> ExitCode {
    match Program::parse().run() {
        Ok(code) => code,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
