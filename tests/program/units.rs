//! The units of systemd as they are shipped: sound, with few rights, and of one mind.

use super::guides::Guide;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(super) const SERVICE: &str = include_str!("../../packaging/thidua.service");
pub(super) const BACKUP: &str = include_str!("../../packaging/thidua-backup.service");
const TIMER: &str = include_str!("../../packaging/thidua-backup.timer");
const GUIDE: Guide = Guide { path: "docs/operations.md", text: include_str!("../../docs/operations.md") };

/// Settings of a unit's section, with their values in order.
pub(super) fn settings<'a>(unit: &'a str, section: &str) -> BTreeMap<&'a str, Vec<&'a str>> {
    let (_, rest) = unit.split_once(&format!("[{section}]\n")).unwrap();
    let lines = rest.lines().take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    let mut settings = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in lines.filter_map(|line| line.split_once('=')) {
        settings.entry(name).or_default().push(value);
    }
    settings
}

#[test]
fn the_backup_sees_what_the_server_sees_and_may_no_more() {
    let (server, backup) = (settings(SERVICE, "Service"), settings(BACKUP, "Service"));
    // A server goes on, and serves many.
    let of_servers = ["Type", "ExecStart", "TimeoutStopSec", "Restart", "RestartSec", "LimitNOFILE"];
    for (name, value) in server.iter().filter(|(name, _)| !of_servers.contains(name)) {
        assert_eq!(backup.get(name), Some(value), "{name}");
    }
    let of_backups: Vec<_> = backup.keys().filter(|name| !server.contains_key(*name)).copied().collect();
    assert_eq!(of_backups, ["ExecStartPost", "IOSchedulingClass", "Nice", "ReadWritePaths"]);
    let folder = backup["ReadWritePaths"][0];
    assert!(backup["ExecStart"][0].contains(folder) && backup["ExecStartPost"][0].contains(folder));
    let installed = GUIDE.blocks("bash").into_iter().map(|(_, block)| block).collect::<String>();
    for file in ["thidua.service", "thidua-backup.service", "thidua-backup.timer"] {
        assert!(installed.contains(&format!("packaging/{file}")), "{file}");
    }
    assert!(installed.contains(&format!(" {folder}\n")) && installed.contains(server["EnvironmentFile"][0]));
    assert_eq!(settings(TIMER, "Timer")["Persistent"], ["true"]);
}

#[test]
fn the_backup_is_named_by_its_time() {
    let command = settings(BACKUP, "Service")["ExecStart"][0].to_owned();
    let script = command.strip_prefix("/bin/sh -c '").and_then(|rest| rest.strip_suffix('\'')).unwrap();
    // As systemd gives it on, with a program that says how it was called.
    let script = script.replace("$$", "$").replace("%%", "%").replace("exec /usr/local/bin/thidua", "echo");
    let said = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let file = said.trim().strip_prefix("backup /var/backups/thidua/thidua-").unwrap();
    assert_eq!(file.len(), "2026-11-30-023000.tar".len(), "{said}");
}

#[test]
fn the_units_are_sound_and_leave_the_program_little() {
    let folder = tempfile::tempdir().unwrap();
    let drop_ins: Vec<_> =
        GUIDE.blocks("ini").into_iter().filter(|(_, block)| block.starts_with("[Service]")).collect();
    assert!(!drop_ins.is_empty());
    for (name, unit) in [("thidua.service", SERVICE), ("thidua-backup.service", BACKUP), ("thidua-backup.timer", TIMER)]
    {
        let file = folder.path().join(name);
        // The program is not installed here, nor is its user.
        let here = unit
            .replace("/usr/local/bin/thidua", "/bin/true")
            .replace("=thidua\nGroup=thidua", "=daemon\nGroup=daemon");
        fs::write(&file, here).unwrap();
    }
    for name in ["thidua.service", "thidua-backup.service", "thidua-backup.timer"] {
        let file = folder.path().join(name);
        let Some(()) = verified(&file) else { return };
        if name.ends_with(".service") {
            let secure = analyze(&["security", "--offline=true", "--threshold=15"], &file).unwrap();
            assert!(secure.status.success(), "{}", String::from_utf8_lossy(&secure.stdout));
        }
    }
    let changes = folder.path().join("thidua.service.d");
    fs::create_dir(&changes).unwrap();
    for (line, block) in drop_ins {
        fs::write(changes.join(format!("{line}.conf")), block).unwrap();
    }
    verified(&folder.path().join("thidua.service"));
}

fn analyze(words: &[&str], file: &Path) -> std::io::Result<std::process::Output> {
    Command::new("systemd-analyze").args(words).arg(file).output()
}

/// Nothing where there is no systemd.
fn verified(file: &Path) -> Option<()> {
    let Ok(verified) = analyze(&["verify"], file) else {
        eprintln!("\n*** packaging/{file:?} is NOT tested: systemd-analyze is not installed ***\n");
        return None;
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !said.contains("thidua"), "{said}");
    Some(())
}
