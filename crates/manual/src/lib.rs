//! Manual pages and completions of the programs, made of the declarations that read their command lines.

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::fs;
use std::path::Path;

/// The programs that are shipped.
pub fn programs() -> [Command; 2] {
    [thidua_http::cli::Program::command(), thidua_pull::Program::command()]
}

/// Writes a page for each command, and a completion for each shell, into `folder/PROGRAM`, with `man1` and
/// `completions` below it.
pub fn write(folder: &Path) -> Result<()> {
    for program in programs() {
        let folder = folder.join(program.get_name());
        write_pages(&program, &made(&folder, "man1")?)?;
        write_completions(program, &made(&folder, "completions")?)?;
    }
    Ok(())
}

fn made(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

fn write_pages(program: &Command, folder: &Path) -> Result<()> {
    // `help` says what the pages say.
    let program = program.clone().disable_help_subcommand(true);
    clap_mangen::generate_to(program, folder).with_context(|| folder.display().to_string())
}

fn write_completions(mut program: Command, folder: &Path) -> Result<()> {
    let name = program.get_name().to_owned();
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut program, &name, folder)
            .with_context(|| folder.display().to_string())?;
    }
    Ok(())
}
