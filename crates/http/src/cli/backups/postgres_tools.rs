//! PostgreSQL's own programs, `pg_dump` and `pg_restore`. The password is given to them in their environment only:
//! everybody on the machine can read command lines.

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use thidua_persistence::backups::Snapshot;

/// The folder of PostgreSQL's programs of one version, on Debian.
fn folder(version: i64) -> PathBuf {
    PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"))
}

/// Dumps one state of a database into a file (`pg_dump`'s custom format).
pub(super) fn dump(url: &str, snapshot: &Snapshot, into: &Path) -> Result<()> {
    let mut command = tool("pg_dump", url, snapshot.server)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--snapshot", &snapshot.id]);
    // As a pattern, a name in quotes stands for itself.
    command.arg(format!("--schema=\"{}\"", snapshot.namespace.replace('"', "\"\"")));
    command.arg("--file").arg(into);
    run("pg_dump", command)
}

/// Puts a dump into a PostgreSQL schema, in one transaction.
pub(super) fn restore(url: &str, (namespace, server): (&str, i64), from: &Path) -> Result<()> {
    let mut command = tool("pg_restore", url, server)?;
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]);
    command.arg(format!("--schema={namespace}")).arg(from);
    run("pg_restore", command)
}

/// Refuses early when a program is missing.
pub(super) fn require(name: &str) -> Result<()> {
    let mut command = Command::new(name);
    command.arg("--version");
    run(name, command)
}

/// A program of the server's version if it is installed, else the one on the `PATH`: a newer one dumps what older ones
/// cannot read, and restores with settings that an older server does not know.
fn tool(name: &str, url: &str, server: i64) -> Result<Command> {
    require(name)?;
    let (url, password) = without_password(url);
    let fitting = folder(server).join(name);
    let mut command = Command::new(if fitting.exists() { fitting.as_os_str() } else { name.as_ref() });
    command.arg("--no-password").arg(format!("--dbname={url}"));
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

fn run(name: &str, mut command: Command) -> Result<()> {
    let output = match command.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "{name} is not on the PATH; it comes with PostgreSQL's client programs (on Debian: apt-get install \
             postgresql-client)"
        ),
        output => output.with_context(|| name.to_owned())?,
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{name} failed ({}): {}", output.status, said.trim())
}

/// A URL without its password, and the password, found where libpq finds it: between the user's name and the first `@`
/// before any `/`, or in the parameter `password`, which wins.
fn without_password(url: &str) -> (String, Option<OsString>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (address, query) = rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    let end = address.find(['@', '/']).filter(|end| address[*end..].starts_with('@'));
    let (credentials, address) = end.map_or(("", address), |end| address.split_at(end));
    let (user, mut password) = match credentials.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (credentials, None),
    };
    let mut parameters = Vec::new();
    for parameter in query.into_iter().flat_map(|query| query.split('&')) {
        match parameter.strip_prefix("password=") {
            Some(said) => password = Some(said),
            None => parameters.push(parameter),
        }
    }
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    let decoded = |password: &str| OsString::from_vec(percent_decode_str(password).collect());
    (format!("{scheme}://{user}{address}{query}"), password.map(decoded))
}
