//! The `thidua` program.

use clap::Parser;
use std::process::ExitCode;
use thidua_http::commands::Program;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    match Program::parse().run() {
        Ok(code) => code,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
