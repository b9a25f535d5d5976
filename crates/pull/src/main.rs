//! The `thidua-pull` program: the puller without the server, for machines that only keep a copy.

use clap::Parser;
use std::process::ExitCode;
use thidua_pull::Program;

fn main() -> ExitCode {
    match Program::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("thidua-pull: {error}");
            ExitCode::FAILURE
        }
    }
}
