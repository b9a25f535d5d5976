//! A PostgreSQL for the tests: the server named by `TEST_DATABASE_URL`, else a throw-away cluster started from whatever
//! PostgreSQL is installed. It lives exactly as long as the test process, however that ends.

#![allow(clippy::panic, clippy::expect_used, reason = "in a test, failing loudly is the error handling")]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, io};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

const START_LIMIT: Duration = Duration::from_secs(30);
const START_ATTEMPTS: u32 = 4;
const POLL: Duration = Duration::from_millis(20);

const NOT_RUN: &str = "\
+------------------------------------------------------------------+
|  THE POSTGRESQL HALF OF THE TEST-SUITE WAS NOT RUN.              |
|                                                                  |
|  No PostgreSQL was found. Either                                 |
|    - install the server (Debian: apt-get install postgresql), or |
|    - set TEST_DATABASE_URL=postgres://user@host/database         |
+------------------------------------------------------------------+
";

/// Runs the cluster beside the test process. Standard input is the lifeline: the test process holds its other end, so
/// end of file means that the process is gone, and the cluster goes too.
///
/// Arguments: the cluster's folder, the folder of PostgreSQL's binaries, the TCP port.
const SUPERVISOR: &str = r#"
folder=$1 binaries=$2 port=$3
trap 'rm -rf "$folder"' EXIT
exec 3<&0 </dev/null

"$binaries/initdb" -D "$folder/data" -U thidua --auth=trust --locale=C -E UTF8 --no-sync >"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2; exit 1; }

"$binaries/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=400 -c shared_buffers=64MB >"$folder/log" 2>&1 3<&- &
server=$!

# A signal sent before postgres has installed its handlers is lost, hence the loop.
{ cat <&3; while kill -QUIT "$server"; do sleep 0.1; done; } >/dev/null 2>&1 &

wait "$server"
tail -n 20 "$folder/log" >&2
"#;

/// The base URL of the PostgreSQL to test on, found or started once per process; `None` if this machine has none.
///
/// # Panics
/// If there is none though `CI=true`, or if the one installed does not start.
pub fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();
    match SERVER.get_or_init(find) {
        Ok(server) => server.as_ref().map(|server| server.url.as_str()),
        Err(reason) => panic!("{reason}"),
    }
}

/// A schema of its own for one test, dropped with everything in it when the value is.
#[derive(Debug)]
pub struct Schema {
    /// Connects with this schema as the only one on the search path.
    pub url: String,
    server: String,
    name: String,
    /// The database it has to itself.
    database: Option<String>,
}

impl Schema {
    /// Makes an empty schema, under a name that no other test or process uses, on the server at this base URL.
    pub fn create(server: &str) -> Schema {
        let name = new_name();
        let mut connection =
            PgConnection::establish(server).unwrap_or_else(|error| panic!("connecting to PostgreSQL: {error}"));
        connection.batch_execute(&format!("CREATE SCHEMA {name}")).expect("the user may create a schema");
        Schema { url: with_search_path(server, &name), server: server.to_owned(), name, database: None }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes an empty schema in a new database on the same server.
    pub fn elsewhere(&self, name: &str) -> Schema {
        let server = &self.server;
        let database = new_name();
        let execute = |url: &str, sql: &str| {
            let connection = PgConnection::establish(url);
            let mut connection = connection.unwrap_or_else(|error| panic!("connecting to PostgreSQL: {error}"));
            connection.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        };
        execute(server, &format!("CREATE DATABASE {database} TEMPLATE template0"));
        let there = with_database(server, &database);
        execute(&there, &format!("CREATE SCHEMA IF NOT EXISTS {name}"));
        let (server, name) = (server.clone(), name.to_owned());
        Schema { url: with_search_path(&there, &name), server, name, database: Some(database) }
    }
}

/// A name that no other test or process uses.
fn new_name() -> String {
    static CREATED: AtomicU32 = AtomicU32::new(0);
    let number = CREATED.fetch_add(1, Ordering::Relaxed);
    let random = RandomState::new().build_hasher().finish();
    format!("thidua_test_{}_{number}_{random:x}", std::process::id())
}

/// A URL with another database in it.
fn with_database(url: &str, database: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let (server, _) = address.rsplit_once('/').expect("a URL with a database");
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{server}/{database}{query}")
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A connection left open may still hold locks, and a server may be gone: neither is worth failing or hanging.
        if let Ok(mut connection) = PgConnection::establish(&self.server) {
            let drop = match &self.database {
                Some(database) => format!("DROP DATABASE {database} WITH (FORCE)"),
                None => format!("SET lock_timeout = '5s'; DROP SCHEMA {} CASCADE", self.name),
            };
            let _ = connection.batch_execute(&drop);
        }
    }
}

/// Adds the search path to a URL, beside the query and the `options` it may already have.
fn with_search_path(url: &str, schema: &str) -> String {
    let search_path = format!("-csearch_path%3D{schema}");
    let Some((address, query)) = url.split_once('?') else {
        return format!("{url}?options={search_path}");
    };
    let (options, mut parameters): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|parameter| !parameter.is_empty()).partition(|p| p.starts_with("options="));
    let options = match options.last() {
        Some(given) => format!("{given}%20{search_path}"),
        None => format!("options={search_path}"),
    };
    parameters.push(&options);
    format!("{address}?{}", parameters.join("&"))
}

struct Server {
    url: String,
    /// Holds the lifeline of a cluster we started. Never read: the operating system closes it when the process ends.
    _supervisor: Option<Child>,
}

fn find() -> Result<Option<Server>, String> {
    if let Ok(url) = env::var("TEST_DATABASE_URL")
        && !url.is_empty()
    {
        return Ok(Some(Server { url, _supervisor: None }));
    }
    if let Some(binaries) = binaries() {
        let started = start(&binaries);
        return started
            .map(Some)
            .map_err(|error| format!("PostgreSQL in {} did not start: {error}", binaries.display()));
    }
    if env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(format!("\n{NOT_RUN}"));
    }
    // Written to the handle itself: the test harness captures only what goes through the print macros.
    let _ = io::stderr().write_all(format!("\n{NOT_RUN}\n").as_bytes());
    Ok(None)
}

/// The folder of an installed server's binaries: one on the `PATH`, else the newest that Debian's packages installed.
pub(crate) fn binaries() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).find(complete).or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        versions
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
            .filter(|(_, folder)| complete(folder))
            .max()
            .map(|(_, folder)| folder)
    })
}

/// Starts a cluster. Another process may take the port between our choosing it and the server's binding it: then the
/// server stops at once, and we try another.
fn start(binaries: &Path) -> Result<Server, String> {
    let deadline = Instant::now() + START_LIMIT;
    let mut failure = String::new();
    for _ in 0..START_ATTEMPTS {
        let port = free_port().map_err(|error| error.to_string())?;
        let (folder, mut supervisor) = supervise(binaries, port).map_err(|error| error.to_string())?;
        // Through its socket only this server can answer, and it opens the socket after the TCP port.
        let socket = format!("host='{}' port={port} user=thidua dbname=postgres connect_timeout=5", folder.display());
        loop {
            let error = match PgConnection::establish(&socket) {
                Ok(_) => {
                    let url = format!("postgres://thidua@127.0.0.1:{port}/postgres");
                    return Ok(Server { url, _supervisor: Some(supervisor) });
                }
                Err(error) => error,
            };
            if supervisor.try_wait().map_err(|error| error.to_string())?.is_some() {
                failure.clear();
                if let Some(mut stderr) = supervisor.stderr.take() {
                    let _ = stderr.read_to_string(&mut failure);
                }
                break;
            }
            if Instant::now() > deadline {
                return Err(format!("no answer within {} s: {error}", START_LIMIT.as_secs()));
            }
            #[allow(clippy::disallowed_methods, reason = "a poll for a fact, bounded by the deadline")]
            std::thread::sleep(POLL);
        }
    }
    Err(failure)
}

/// A port that is free at the moment.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Makes the cluster's folder and hands it to a supervisor, which removes it in the end.
fn supervise(binaries: &Path, port: u16) -> io::Result<(PathBuf, Child)> {
    let folder = tempfile::Builder::new().prefix("thidua-postgres-").tempdir()?;
    let mut command = Command::new("sh");
    command.args(["-c", SUPERVISOR, "supervisor"]).arg(folder.path()).arg(binaries).arg(port.to_string());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    // A process group of its own, so that Ctrl-C in the terminal ends the tests and only through them the cluster.
    command.current_dir(folder.path()).process_group(0);
    // PostgreSQL refuses to run as root.
    if fs::metadata(folder.path())?.uid() == 0 {
        let (user, group) = unprivileged_user()?;
        chown(folder.path(), Some(user), Some(group))?;
        command.uid(user).gid(group);
    }
    let supervisor = command.spawn()?;
    Ok((folder.keep(), supervisor))
}

/// User and group id of `postgres`, else of `nobody`.
pub(crate) fn unprivileged_user() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = |wanted: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _password, user, group) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            if name == wanted { Some((user.parse().ok()?, group.parse().ok()?)) } else { None }
        })
    };
    ids("postgres").or_else(|| ids("nobody")).ok_or_else(|| io::Error::other("root needs a user to run PostgreSQL as"))
}
