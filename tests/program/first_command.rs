//! The first command of the README: `cargo run` has to know which program is meant.

use serde_json::Value;
use std::process::Command;

#[test]
fn cargo_run_starts_the_program_without_being_told_which() {
    let mut ask = Command::new(env!("CARGO"));
    ask.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    // In the folder of a member it would tell of that member alone.
    let told = ask.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&told.stdout).expect("metadata");
    let members = metadata["workspace_default_members"].as_array().expect("members");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    let targets = packages
        .filter(|package| members.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().expect("targets"));
    let programs = targets
        .filter(|target| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&Value::from("bin"))))
        .filter_map(|target| target["name"].as_str());
    assert_eq!(programs.collect::<Vec<_>>(), ["thidua"]);
}
