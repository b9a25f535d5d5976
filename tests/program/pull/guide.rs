//! What docs/pull.md says can be done.

use super::copy::{Copy, assert_same};
use super::{furnish, log_in};
use diesel::prelude::*;
use std::process::Command;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, binary, program};
use thidua_domain::users::Role;

const GUIDE: &str = include_str!("../../../docs/pull.md");

on_both_engines! {
    fn every_command_of_the_guide_runs_in_the_order_it_is_written(place: Place) {
        if let Some(missing) = ["curl", "jq", "openssl", "sha256sum", "awk"].into_iter().find(|tool| !is_installed(tool)) {
            eprintln!("\n*** docs/pull.md is NOT tested: {missing} is not installed ***\n");
            assert!(std::env::var_os("CI").is_none(), "{missing} is not installed");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let shell = |blocks: &[(usize, String)], base: &str| {
            // Each block says where it begins, so that a failure can be found.
            let script: String = blocks.iter().map(|(line, block)| format!("echo 'docs/pull.md:{line}' >&2\n{block}\n")).collect();
            let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell.args(["-eu", "-c", &script]).current_dir(folder.path()).env("BASE", base).env("PATH", path);
            shell.envs(program(&place).get_envs().filter_map(|(name, value)| Some((name, value?))));
            let output = shell.output().unwrap();
            let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
            assert!(output.status.success(), "{said}");
        };
        furnish(&place);
        let commands: Vec<_> = blocks("sh").collect();
        // At the server's own machine; a server that runs would hear of the user a moment later.
        shell(&commands[..1], "");
        let serving = Serving::start(&place, &[]);
        shell(&commands[1..], &serving.url);

        let copy = Copy::at(folder);
        assert_same(&copy, &log_in(&serving, "may"), &place.open(), Role::Puller);
        for (line, block) in blocks("sql") {
            for query in block.split_inclusive(";\n") {
                let found = diesel::sql_query(query).execute(&mut copy.connection());
                assert!(found.is_ok(), "docs/pull.md:{line}: {found:?}");
            }
        }
    }
}

/// The fenced blocks of a language with the lines they begin at.
fn blocks(language: &str) -> impl Iterator<Item = (usize, String)> {
    let fence = format!("```{language}");
    let mut begin = None;
    let mut block = String::new();
    GUIDE.lines().enumerate().filter_map(move |(index, line)| match begin {
        None => {
            begin = (line == fence).then_some(index + 2);
            None
        }
        Some(line) if GUIDE.lines().nth(index) == Some("```") => {
            begin = None;
            Some((line, std::mem::take(&mut block)))
        }
        Some(_) => {
            block.push_str(line);
            block.push('\n');
            None
        }
    })
}

fn is_installed(tool: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {tool} >/dev/null")])
        .status()
        .is_ok_and(|status| status.success())
}
