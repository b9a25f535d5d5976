//! Blocks of commands, units and settings in the documents can be read by what they are for.

use super::guides::blocks;
use super::yaml;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The project's documents.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["", "docs", "docs/adr"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// Says what is wrong with a block.
fn fault(language: &str, block: &str) -> Option<String> {
    match language {
        "sh" | "bash" => shell_fault(language, block),
        "ini" => block.lines().find(|line| !is_line_of_a_unit(line)).map(|line| format!("no line of a unit: {line}")),
        "yaml" => yaml::read(block).err(),
        // Shown, not used.
        "text" | "http" | "mermaid" | "sql" => None,
        _ => Some("a language that nothing here reads".to_owned()),
    }
}

fn shell_fault(shell: &str, block: &str) -> Option<String> {
    let mut parse = Command::new(shell);
    parse.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = parse.spawn().unwrap();
    child.stdin.take().unwrap().write_all(block.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A comment, a section, or a setting.
fn is_line_of_a_unit(line: &str) -> bool {
    let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    line.is_empty()
        || line.starts_with('#')
        || section.is_some_and(is_name)
        || line.split_once('=').is_some_and(|(name, _)| is_name(name))
}

#[test]
fn every_block_of_the_documents_can_be_read() {
    let mut counted = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let mut languages: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("```")).collect();
        languages.retain(|language| !language.is_empty());
        languages.sort_unstable();
        languages.dedup();
        for language in languages {
            for (line, block) in blocks(&text, language) {
                assert_eq!(fault(language, &block), None, "{}:{line}", path.display());
                counted += 1;
            }
        }
    }
    assert!(counted > 40, "{counted}");
}

#[test]
fn what_cannot_be_read_is_found() {
    for (language, block) in [
        ("sh", "if true; then\n"),
        ("bash", "say() { echo"),
        ("ini", "[Service]\nUser thidua\n"),
        ("yaml", "a: [1, 2\n"),
        ("rust", ""),
    ] {
        assert!(fault(language, block).is_some(), "{language}");
    }
}
