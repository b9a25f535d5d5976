//! Commands on a database that is not there: in a wrong folder, or on an empty schema.

use crate::database::fixture::Tables;
use std::fs;
use support::engines::Place;
use support::on_both_engines;
use support::program::run;

/// Commands that are about a database which must be there.
const COMMANDS: [&[&str]; 8] = [
    &["migrate"],
    &["sample"],
    &["admin", "create-user", "--username", "tinh", "--role", "puller"],
    &["admin", "list-users"],
    &["admin", "set-password", "--username", "tinh"],
    &["admin", "reset-second-factor", "--username", "tinh"],
    &["verify"],
    &["backup", "backup.tar"],
];

/// Runs each of the commands, which is refused with these words, names the database first, and makes nothing.
#[track_caller]
fn all_are_refused(place: &Place, why: &str, before: &[String]) {
    for words in COMMANDS {
        let output = run(place, words, "mot-mat-khau-rat-dai\n");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(if words[0] == "verify" { 2 } else { 1 }), "{words:?}: {said}");
        assert!(said.contains(why) && said.contains("--create"), "{words:?}: {said}");
        let first = String::from_utf8(output.stdout).unwrap();
        assert_eq!(first, format!("{}\n", first_line(place)), "{words:?}");
        assert_eq!(listed(place), before, "{words:?}");
    }
}

/// The line that names the database.
fn first_line(place: &Place) -> String {
    match place.url.strip_prefix("sqlite:") {
        Some(path) => format!("database {path} (SQLite)"),
        None => format!("database {} (PostgreSQL)", without_password(&place.url)),
    }
}

/// A URL as `postgres://user:…@host`.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let hidden = rest.rsplit_once('@').and_then(|(who, host)| Some(format!("{}:…@{host}", who.split_once(':')?.0)));
    format!("{scheme}://{}", hidden.unwrap_or_else(|| rest.to_owned()))
}

/// Files in the place, and tables in its database.
fn listed(place: &Place) -> Vec<String> {
    let files = fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut all: Vec<String> = files.collect();
    if place.is_postgres() {
        let tables = Tables::of(place).count("information_schema.tables WHERE table_schema = current_schema()");
        all.extend((0..tables).map(|table| format!("table {table}")));
    }
    all.sort();
    all
}

#[on_both_engines]
fn every_command_refuses_a_database_that_is_not_there_and_makes_none(place: Place) {
    let why = if place.is_postgres() { "there are no tables of thidua in it" } else { "there is no such file" };
    all_are_refused(&place, why, &[]);
}

#[test]
fn a_file_without_tables_is_no_database_of_this_program() {
    let place = support::Engine::Sqlite.place().unwrap();
    let path = place.url.strip_prefix("sqlite:").unwrap();
    fs::write(path, "").unwrap();
    all_are_refused(&place, "there are no tables of thidua in it", &["test.sqlite".to_owned()]);
    assert_eq!(fs::read(path).unwrap(), b"");
    // One of another program, with what it holds.
    Tables::of(&place).execute("CREATE TABLE other (id INTEGER)");
    let content = fs::read(path).unwrap();
    let names = listed(&place);
    all_are_refused(&place, "there are no tables of thidua in it", &names);
    assert!(fs::read(path).unwrap() == content);
}

#[on_both_engines]
fn leave_to_make_a_database_makes_it_once_and_the_others_find_it(place: Place) {
    for words in [&["migrate", "--create"][..], &["migrate", "--create"], &["migrate"], &["sample"]] {
        let output = run(&place, words, "");
        assert!(output.status.success(), "{words:?}: {output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.lines().next(), Some(&*first_line(&place)), "{words:?}");
    }
    let again = run(&place, &["sample", "--create"], "");
    assert_eq!(again.status.code(), Some(1), "a sample is not put over what is there");
    let elsewhere = place.elsewhere();
    let made = run(&elsewhere, &["sample", "--create"], "");
    assert!(made.status.success(), "{made:?}");
    let verified = run(&elsewhere, &["verify"], "");
    assert!(verified.status.success(), "{verified:?}");
}
