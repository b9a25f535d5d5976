//! Documents whose commands run.

use std::path::Path;
use std::process::Command;
use support::engines::Place;
use support::program::{binary, program};

/// A document with commands in fenced blocks.
pub(super) struct Guide {
    /// Its path in the repository.
    pub(super) path: &'static str,
    /// Its text.
    pub(super) text: &'static str,
}

impl Guide {
    /// True when all tools of its commands are installed. Fails where `CI` is set and one is missing.
    pub(super) fn can_run(&self, tools: &[&str]) -> bool {
        let missing = tools.iter().find(|tool| !is_installed(tool));
        if let Some(missing) = missing {
            eprintln!("\n*** {} is NOT tested: {missing} is not installed ***\n", self.path);
            assert!(std::env::var_os("CI").is_none(), "{missing} is not installed");
        }
        missing.is_none()
    }

    /// The fenced blocks of a language with the lines they begin at.
    pub(super) fn blocks(&self, language: &str) -> Vec<(usize, String)> {
        blocks(self.text, language)
    }

    /// Runs blocks one after the other in one shell, with a place's database and the address of its server; answers
    /// what they said.
    #[track_caller]
    pub(super) fn run(&self, blocks: &[(usize, String)], place: &Place, folder: &Path, base: &str) -> String {
        // Each block says where it begins, so that a failure can be found.
        let script: String =
            blocks.iter().map(|(line, block)| format!("echo '{}:{line}' >&2\n{block}\n", self.path)).collect();
        let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &script]).current_dir(folder).env("BASE", base).env("PATH", path);
        shell.envs(program(place).get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = shell.output().unwrap();
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat();
        assert!(output.status.success(), "{said}");
        said
    }
}

/// The fenced blocks of a language in a document, with the lines they begin at.
pub(super) fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let fence = format!("```{language}");
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in document.lines().enumerate() {
        block = match block {
            None => (line == fence).then(|| (index + 2, String::new())),
            Some(whole) if line == "```" => {
                blocks.push(whole);
                None
            }
            Some((begin, text)) => Some((begin, text + line + "\n")),
        };
    }
    blocks
}

fn is_installed(tool: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {tool} >/dev/null")])
        .status()
        .is_ok_and(|status| status.success())
}
