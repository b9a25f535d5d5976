//! Killed on the way: no backup, and no database, that is half there.

use super::{backup, done, furnished, prepared, refused, restore};
use crate::database::fixture::Tables;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, program, run};
use support::waiting::eventually;

#[on_both_engines]
fn a_backup_that_is_killed_is_none_and_the_next_takes_its_place(place: Place) {
    furnished(&place);
    let (file, partial) = (place.folder().join("backup.tar"), place.folder().join("backup.tar.partial"));
    let mut child = program(&place).arg("backup").arg(&file).stderr(Stdio::null()).spawn().unwrap();
    eventually("it has begun", || (partial.join("lock").exists() || file.exists()).then_some(()));
    let said = refused_unless_done(backup(&place, &file, &[]));
    assert!(said.contains("another program is at it") || said.contains("is there already"), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    if file.exists() {
        refused(backup(&place, &file, &[]));
    } else {
        done(backup(&place, &file, &[]));
    }
    assert!(!partial.exists());
    done(restore(&place.elsewhere(), &file));
}

#[on_both_engines]
fn what_a_killed_program_has_left_is_cleared_and_what_is_not_ours_is_not(place: Place) {
    furnished(&place);
    let (file, partial) = (place.folder().join("backup.tar"), place.folder().join("backup.tar.partial"));
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("notes"), "của tôi").unwrap();
    assert!(refused(backup(&place, &file, &[])).contains("backup.tar.partial: "));
    assert!(partial.join("notes").exists() && !file.exists());
    fs::write(partial.join("lock"), "").unwrap();
    done(backup(&place, &file, &[]));
    assert!(!partial.exists());
}

#[on_both_engines]
fn a_restore_that_is_killed_is_not_taken_for_a_database(place: Place) {
    prepared(&place);
    let file = place.folder().join("backup.tar");
    done(backup(&place, &file, &[]));
    for moment in 0..4 {
        let elsewhere = place.elsewhere();
        let mut command = program(&elsewhere);
        let mut child = command.arg("restore").arg(&file).stderr(Stdio::null()).process_group(0).spawn().unwrap();
        let begun = match moment {
            0 => elsewhere.folder().join("data"),
            1 => elsewhere.folder().join(if place.is_postgres() {
                "data/restored.partial"
            } else {
                "test.sqlite.partial"
            }),
            2 => elsewhere.folder().join(if place.is_postgres() {
                "data/restored.partial/database"
            } else {
                "test.sqlite.partial/database-wal"
            }),
            _ => elsewhere.folder().join("data/signing-key.pem"),
        };
        eventually("it has begun", || (begun.exists() || child.try_wait().unwrap().is_some()).then_some(()));
        // With PostgreSQL's programs, if they are at it.
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().unwrap();
        child.wait().unwrap();
        let verified = run(&elsewhere, &["verify"], "");
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        if verified.status.success() {
            continue; // It was done already.
        }
        assert_eq!(verified.status.code(), Some(2), "{said}");
        if said.contains("is being restored") {
            assert!(refused(run(&elsewhere, &["migrate"], "")).contains("is being restored"));
            assert!(refused(restore(&elsewhere, &file)).contains("is being restored"));
            let mut tables = Tables::of(&elsewhere);
            let name = tables.pairs("SELECT current_schema()::text AS one, '' AS two").remove(0).one;
            let restoring = "pg_stat_activity WHERE application_name = 'pg_restore' AND datname = current_database()";
            eventually("PostgreSQL knows", || (tables.count(restoring) == 0).then_some(()));
            tables.execute(&format!("DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name}"));
        }
        done(restore(&elsewhere, &file));
        Serving::start(&elsewhere, &[]).root().get("/api/v1/me").expect(200);
    }
}

/// The refusal of a backup that came too late; a text in its place when the backup succeeded.
fn refused_unless_done(output: std::process::Output) -> String {
    if output.status.success() { "is there already".to_owned() } else { refused(output) }
}
