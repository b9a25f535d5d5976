//! Programs of the system that some tests need.

use std::io::{Write, stderr};
use std::process::{Command, Stdio};

/// True when a command succeeds here. Otherwise the test that asks is left out with a notice; where `CI=true`, it
/// fails.
///
/// # Panics
/// If it does not though `CI=true`.
pub fn works(command: &[&str]) -> bool {
    let (program, arguments) = command.split_first().expect("a program");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{program} is missing, or may not do its work");
    // Written to the handle itself: the test harness captures only what goes through the print macros.
    let _ = writeln!(stderr(), "\nNOT RUN: a test that needs {program}, which is missing or may not do its work\n");
    false
}
