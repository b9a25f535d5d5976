//! Backups and restorations that are refused, and leave nothing behind.

use super::{assert_untouched, backup, done, forged, furnished, manifest, members, prepared, refused, restore};
use crate::database::fixture::Tables;
use std::fs;
use std::path::Path;
use support::engines::Place;
use support::on_both_engines;
use support::program::{program, run};

#[on_both_engines]
fn nothing_is_overwritten(place: Place) {
    furnished(&place);
    let file = place.folder().join("backup.tar");
    done(backup(&place, &file, &[]));
    let before = fs::read(&file).unwrap();
    assert!(refused(backup(&place, &file, &[])).contains("backup.tar: is there already"));
    assert!(fs::read(&file).unwrap() == before);

    let clean = done(run(&place, &["verify"], ""));
    assert!(refused(restore(&place, &file)).contains("already"));
    assert_eq!(done(run(&place, &["verify"], "")), clean);

    let elsewhere = place.elsewhere();
    let data = elsewhere.folder().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("signing-key.pem"), "another").unwrap();
    let said = refused(restore(&elsewhere, &file));
    assert!(said.contains("signing-key.pem: there is a key already"), "{said}");
    assert_eq!(fs::read(data.join("signing-key.pem")).unwrap(), b"another");
    fs::remove_file(data.join("signing-key.pem")).unwrap();
    assert_untouched(&elsewhere);
}

#[on_both_engines]
fn a_damaged_backup_leaves_nothing(place: Place) {
    furnished(&place);
    let file = place.folder().join("backup.tar");
    done(backup(&place, &file, &[]));
    let whole = fs::read(&file).unwrap();
    let elsewhere = place.elsewhere();
    let tried = |bytes: &[u8], what: &str| {
        fs::write(&file, bytes).unwrap();
        let said = refused(restore(&elsewhere, &file));
        assert!(said.contains("backup.tar: is "), "{what}: {said}");
        assert_untouched(&elsewhere);
    };
    for (name, range) in members(&whole) {
        for at in [
            range.start,
            usize::midpoint(range.start, range.end),
            range.end - 1,
            range.start - 512,
            range.start - 512 + 130,
        ] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x01;
            tried(&bytes, &format!("{name}, byte {at}"));
        }
        tried(&whole[..range.start - 512], &format!("cut before {name}"));
        tried(&whole[..usize::midpoint(range.start, range.end)], &format!("cut within {name}"));
    }
    tried(b"", "nothing");
    tried(b"Kh\xc3\xb4ng ph\xe1\xba\xa3i b\xe1\xba\xa3n sao l\xc6\xb0u", "a text");
    fs::write(&file, &whole).unwrap();
    done(restore(&elsewhere, &file));
}

#[on_both_engines]
fn a_backup_that_does_not_verify_leaves_nothing(place: Place) {
    prepared(&place);
    let (file, elsewhere) = (place.folder().join("backup.tar"), place.elsewhere());
    done(backup(&place, &file, &[]));
    let manifest = manifest(&file);
    let hash = manifest["hash"].as_str().unwrap();
    let other = format!("{}{}", &hash[1..], &hash[..1]);
    let newer = ("99991231235959", manifest["schema"].as_str().unwrap());
    let whole = fs::read(&file).unwrap();
    for (from, to, what) in [
        (hash, other.as_str(), "was expected"),
        (newer.1, newer.0, "made by a newer version of thidua"),
        ("\"format\": 1", "\"format\": 2", "of a newer thidua"),
    ] {
        let forged = forged(&file, from, to);
        fs::write(&file, forged).unwrap();
        let said = refused(restore(&elsewhere, &file));
        assert!(said.contains(what), "{said}");
        assert_untouched(&elsewhere);
        fs::write(&file, &whole).unwrap();
    }
    Tables::of(&place).execute("UPDATE cells SET numerator = numerator + 1 WHERE numerator = 1");
    fs::remove_file(&file).unwrap();
    done(backup(&place, &file, &[]));
    let said = refused(restore(&elsewhere, &file));
    assert!(said.contains("the backup does not verify: cell "), "{said}");
    assert_untouched(&elsewhere);
}

#[on_both_engines]
fn a_place_that_cannot_be_written_is_named(place: Place) {
    furnished(&place);
    fs::write(place.folder().join("file"), "").unwrap();
    for file in ["none/backup.tar", "file/backup.tar", "/proc/backup.tar", "/"] {
        let file = place.folder().join(file);
        let said = refused(backup(&place, &file, &[]));
        assert!(said.contains(file.to_str().unwrap()), "{said}");
    }
    let listed = fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(listed.into_iter().all(|name| !name.contains("backup")), "nothing is left");
}

#[on_both_engines]
fn a_database_that_is_none_or_of_a_newer_program_is_not_backed_up(place: Place) {
    let file = place.folder().join("backup.tar");
    let said = refused(backup(&place, &file, &[]));
    assert!(said.contains("there is no such file") || said.contains("there are no tables"), "{said}");
    assert_untouched(&place);
    furnished(&place);
    Tables::of(&place).execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')");
    let said = refused(backup(&place, &file, &[]));
    assert!(said.contains("newer version of thidua"), "{said}");
    assert!(!file.exists());
}

/// The place, on PostgreSQL only: its programs are not asked for otherwise.
fn on_postgres() -> Option<Place> {
    support::Engine::Postgres.place()
}

#[test]
fn postgresqls_programs_are_asked_for_by_name() {
    let Some(place) = on_postgres() else { return };
    furnished(&place);
    let file = place.folder().join("backup.tar");
    let without = |words: &[&str], place: &Place| {
        let output = program(place).args(words).env("PATH", place.folder()).output().unwrap();
        refused(output)
    };
    let path = file.to_str().unwrap();
    assert!(without(&["backup", path], &place).contains("pg_dump is not on the PATH"));
    assert!(!file.exists() && !Path::new(&format!("{path}.partial")).exists());
    done(backup(&place, &file, &[]));
    let elsewhere = place.elsewhere();
    assert!(without(&["restore", path], &elsewhere).contains("pg_restore is not on the PATH"));
    assert_untouched(&elsewhere);
    let sqlite = support::Engine::Sqlite.place().unwrap();
    let said = refused(restore(&sqlite, &file));
    assert!(said.contains("the backup is of PostgreSQL, and the database to restore into is SQLite"), "{said}");
    assert_untouched(&sqlite);
}
