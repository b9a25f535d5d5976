//! The files that packages are made of are of one mind with the units and the programs. `scripts/package` makes packages.

use super::units::{BACKUP, SERVICE, settings};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use thidua_manual::programs;

const SETTINGS: &str = include_str!("../../packaging/thidua.env");

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Names of the files below a folder of the repository.
fn files(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(in_repository(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.is_file());
    files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn the_settings_as_shipped_are_such_as_the_program_reads() {
    let known = super::operations::variables();
    let mut is_set = Vec::new();
    for line in SETTINGS.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        let (name, value) = line.trim_start_matches('#').split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(known.contains(name), "{name} is read by nobody");
        if !line.starts_with('#') {
            is_set.push((name, value));
        }
    }
    let folder = settings(BACKUP, "Service")["ReadWritePaths"][0];
    assert_eq!(is_set, [("THIDUA_BACKUP_FOLDER", folder)], "metrics tell of the folder that backups go to");
}

#[test]
fn what_the_units_need_is_in_the_package() {
    let script = fs::read_to_string(in_repository("scripts/package")).unwrap();
    let makes = fs::read_to_string(in_repository("packaging/debian/postinst")).unwrap();
    let kept = fs::read_to_string(in_repository("packaging/debian/conffiles")).unwrap();
    let leaves = fs::read_to_string(in_repository("packaging/debian/postrm")).unwrap();
    let service = settings(SERVICE, "Service");
    assert_eq!(kept.trim_end(), service["EnvironmentFile"][0], "edited settings outlive an upgrade");
    assert!(makes.contains(&format!(" {} ", service["User"][0])), "the user is made");
    for folder in [service["WorkingDirectory"][0], settings(BACKUP, "Service")["ReadWritePaths"][0]] {
        assert!(makes.contains(folder) && leaves.contains(folder), "{folder}");
    }
    for unit in files("packaging").iter().filter(|name| name.ends_with("service") || name.ends_with("timer")) {
        let kind = unit.rsplit('.').next().unwrap();
        assert!(script.contains(&format!("packaging/*.{kind}")), "{unit} is not shipped");
    }
}

#[test]
fn the_scripts_of_packages_can_be_read_by_their_shells() {
    let mut scripts = vec![("bash", in_repository("scripts/package")), ("bash", in_repository("tests/packages/drill"))];
    let of_the_package = ["postinst", "prerm", "postrm"].map(|name| in_repository("packaging/debian").join(name));
    scripts.extend(of_the_package.map(|script| ("sh", script)));
    for (shell, script) in scripts {
        let read = Command::new(shell).arg("-n").arg(&script).output().unwrap();
        assert!(read.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&read.stderr));
    }
}

#[test]
fn every_command_has_a_manual_page_and_every_shell_completes() {
    let folder = tempfile::tempdir().unwrap();
    thidua_manual::write(folder.path()).unwrap();
    for program in programs() {
        let below = folder.path().join(program.get_name());
        let mut pages = vec![program.get_name().to_owned()];
        for command in program.get_subcommands() {
            let page = format!("{}-{}", program.get_name(), command.get_name());
            pages.extend(command.get_subcommands().map(|below| format!("{page}-{}", below.get_name())));
            pages.push(page);
        }
        for page in &pages {
            let text = fs::read_to_string(below.join(format!("man1/{page}.1"))).unwrap();
            assert!(text.contains(".SH SYNOPSIS"), "{page}");
        }
        assert_eq!(fs::read_dir(below.join("man1")).unwrap().count(), pages.len(), "{pages:?}");
        assert_eq!(fs::read_dir(below.join("completions")).unwrap().count(), 5);
    }
}

#[test]
fn the_small_puller_takes_what_thidua_pull_takes() {
    let [program, puller] = programs();
    let pull = program.find_subcommand("pull").unwrap();
    let [small, pull] = [&puller, pull].map(|command| {
        command.get_arguments().map(|option| (option.get_long(), option.get_env())).collect::<BTreeSet<_>>()
    });
    assert!(small.len() > 8, "{small:?}");
    assert_eq!(small, pull);
}
