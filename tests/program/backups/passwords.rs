//! Passwords of PostgreSQL: none stands in a command line, which everybody on the machine can read.

use super::{done, furnished};
use crate::database::fixture::Tables;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use support::program::program;
use support::waiting::eventually;

#[test]
fn a_password_is_nowhere_in_what_other_programs_are_called_with() {
    let Some(place) = support::Engine::Postgres.place() else { return };
    furnished(&place);
    let (server, address) = place.url.split_once('@').unwrap();
    let name = server.rsplit_once('/').unwrap().1;
    let without_user = format!("postgres://{address}&user={name}&application_name=a@b");
    for (url, called, password) in [
        (format!("{server}:p%40ss@{address}"), &place.url, Some("p@ss")),
        (format!("{server}@{address}&password=x%20y"), &place.url, Some("x y")),
        (format!("{server}:one@{address}&password=two"), &place.url, Some("two")),
        (without_user.clone(), &without_user, None),
    ] {
        let file = place.folder().join(format!("{password:?}.tar"));
        // So that it waits, and can be looked at.
        let mut lock = Tables::of(&place);
        lock.execute("BEGIN; LOCK TABLE courses IN ACCESS EXCLUSIVE MODE");
        let mut command = program(&place);
        command.arg("backup").arg(file).env("DATABASE_URL", &url).env_remove("PGPASSWORD");
        let backup = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (arguments, environment) = eventually("it dumps", || running("pg_dump", place.folder()));
        lock.execute("ROLLBACK");
        done(backup.wait_with_output().unwrap());
        assert!(arguments.contains(&format!("--dbname={called}")), "{url}: {arguments:?}");
        let told = environment.iter().find_map(|variable| variable.strip_prefix("PGPASSWORD="));
        assert_eq!(told, password, "{url}");
    }
}

/// Arguments and environment of a running program that writes below a folder.
fn running(program: &str, folder: &Path) -> Option<(Vec<String>, Vec<String>)> {
    let mut processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    processes.find_map(|process| {
        let parts = |file: &str| -> Option<Vec<String>> {
            let text = fs::read_to_string(process.join(file)).ok()?;
            Some(text.split_terminator('\0').map(str::to_owned).collect())
        };
        let arguments = parts("cmdline")?;
        let below = |one: &String| Path::new(one).starts_with(folder);
        let is_it = arguments.first()?.ends_with(program) && arguments.iter().any(below);
        is_it.then(|| Some((arguments, parts("environ")?))).flatten()
    })
}
