//! A PostgreSQL of one test's own, to be stopped, killed and started again.

use crate::postgres::{binaries, free_port, unprivileged_user};
use crate::waiting::eventually;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::Integer};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A cluster that makes commits last when it is asked to, and only then; it is gone when dropped.
pub struct Cluster {
    folder: tempfile::TempDir,
    binaries: PathBuf,
    port: u16,
    /// Runs the server for as long as we hold its standard input.
    supervisor: Option<Child>,
}

/// Runs the server in the foreground; it goes when standard input ends.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
"$@" >>log 2>&1 3<&- &
server=$!
{ cat <&3; while kill -QUIT "$server"; do sleep 0.1; done; } >/dev/null 2>&1 &
wait "$server"
kill $! 2>/dev/null
"#;

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

impl Cluster {
    /// Starts one, if PostgreSQL is installed.
    pub fn start() -> Option<Self> {
        let Some(mut cluster) = Self::without_data() else {
            // Says loudly that there is none, and fails where there must be one.
            crate::postgres::server();
            return None;
        };
        let data = cluster.data();
        let mut initdb = cluster.command("initdb");
        initdb.args(["-U", "thidua", "--auth=trust", "--locale=C", "-E", "UTF8", "--no-sync", "-D"]).arg(data);
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.run();
        Some(cluster)
    }

    /// Starts a standby of this server, for which this one does not wait.
    pub fn follower(&self) -> Self {
        let mut standby = Self::without_data().expect("PostgreSQL is installed");
        let mut copy = standby.command("pg_basebackup");
        copy.args(["-R", "-X", "stream", "-c", "fast", "-d", &self.url(), "-D"]).arg(standby.data());
        let made = copy.output().expect("pg_basebackup runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        standby.run();
        standby
    }

    /// Starts a standby of this server, without which this one acknowledges nothing any more.
    pub fn standby(&self) -> Self {
        let standby = self.follower();
        let mut primary = self.connect().expect("the primary runs");
        primary.batch_execute("ALTER SYSTEM SET synchronous_standby_names = '*'").expect("the owner may");
        primary.batch_execute("SELECT pg_reload_conf()").expect("the owner may");
        eventually("the standby follows in step", || {
            let steps = "SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'";
            sql_query(steps).load::<Pid>(&mut primary).expect("sessions").pop()
        });
        standby
    }

    /// Has a standby repeat nothing that it is sent from now on, until it is told otherwise.
    pub fn hold(&self, still: bool) {
        let mut connection = self.connect().expect("the standby runs");
        let pause = if still { "pg_wal_replay_pause()" } else { "pg_wal_replay_resume()" };
        connection.batch_execute(&format!("SELECT {pause}")).expect("the owner may");
        let held = if still { "paused" } else { "not paused" };
        let state = format!("SELECT 1 AS pid WHERE pg_get_wal_replay_pause_state() = '{held}'");
        eventually("the standby has heard of it", || {
            sql_query(&state).load::<Pid>(&mut connection).expect("a state").pop()
        });
    }

    /// Makes a standby the server that takes writes.
    pub fn promote(&self) {
        let mut connection = self.connect().expect("the standby runs");
        connection.batch_execute("SELECT pg_promote()").expect("the owner may");
    }

    fn without_data() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("thidua-cluster-").tempdir().expect("a temporary folder");
        let port = free_port().expect("a free port");
        // The other programs lie beside the server's real file, not beside a link to it.
        let server = fs::canonicalize(binaries()?.join("postgres")).expect("a program");
        let cluster = Self { folder, binaries: server.parent()?.to_owned(), port, supervisor: None };
        if let Some((user, group)) = cluster.runs_as() {
            chown(cluster.folder.path(), Some(user), Some(group)).expect("root may");
        }
        Some(cluster)
    }

    /// The `DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://thidua@127.0.0.1:{}/postgres", self.port)
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Starts the server again and waits until it answers.
    pub fn run(&mut self) {
        let started = eventually("PostgreSQL answers", || {
            // Right after a kill, a new server refuses to start while parts of the old one are about.
            let gone = self.supervisor.as_mut().is_none_or(|child| child.try_wait().expect("a child").is_some());
            if gone {
                self.supervisor = Some(self.supervise());
            }
            self.connect()
        });
        drop(started);
    }

    /// Ends the server as an administrator would, its sessions included (`fast`).
    pub fn stop(&mut self) {
        self.signal_server("INT");
        self.wait_for_end();
    }

    /// Kills the server: its first process at once, the others when they notice.
    pub fn kill(&mut self) {
        self.signal_server("KILL");
        self.wait_for_end();
    }

    /// Kills the process that serves the writer of a program, or another session; the server then ends all the others,
    /// too, and recovers by itself.
    pub fn kill_a_session(&self) {
        let mut connection = self.connect().expect("the server runs");
        let sessions: Vec<Pid> = sql_query(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
             ORDER BY state = 'idle', xact_start",
        )
        .load(&mut connection)
        .expect("sessions");
        signal("KILL", sessions.first().expect("a session").pid);
    }

    /// Ends all sessions but leaves the server running.
    pub fn terminate_sessions(&self) {
        let mut connection = self.connect().expect("the server runs");
        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        connection.batch_execute(ended).expect("the owner may");
    }

    /// Stops all processes of the server where they are, as a machine does that hangs.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    /// A session of one's own.
    pub fn connect(&self) -> Option<PgConnection> {
        PgConnection::establish(&format!("{}?connect_timeout=5", self.url())).ok()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn runs_as(&self) -> Option<(u32, u32)> {
        // PostgreSQL refuses to run as root.
        let root = fs::metadata("/proc/self").expect("Linux").uid() == 0;
        root.then(|| unprivileged_user().expect("a user to run PostgreSQL as"))
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some((user, group)) = self.runs_as() {
            command.uid(user).gid(group);
        }
        command
    }

    fn supervise(&self) -> Child {
        let port = self.port.to_string();
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISOR, "supervisor"]).arg(self.binaries.join("postgres")).arg("-D").arg(self.data());
        command.args(["-p", &port, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=50"]);
        // A session that does not insist otherwise would lose, in a crash, what it has been told stands.
        command.args(["-c", "synchronous_commit=off", "-c", "wal_writer_delay=10s", "-k"]);
        command.arg(self.folder.path()).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.current_dir(self.folder.path()).process_group(0);
        if let Some((user, group)) = self.runs_as() {
            command.uid(user).gid(group);
        }
        command.spawn().expect("a shell")
    }

    fn server_pid(&self) -> i32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).expect("the server runs");
        file.lines().next().and_then(|line| line.parse().ok()).expect("its process")
    }

    fn signal_server(&self, name: &str) {
        signal(name, self.server_pid());
    }

    fn signal_all(&self, name: &str) {
        let server = self.server_pid().to_string();
        let children = Command::new("pgrep").args(["-P", &server]).output().expect("pgrep runs").stdout;
        for pid in String::from_utf8(children).expect("numbers").lines().chain([server.as_str()]) {
            signal(name, pid.parse().expect("a number"));
        }
    }

    fn wait_for_end(&mut self) {
        let mut supervisor = self.supervisor.take().expect("the server runs");
        eventually("PostgreSQL ends", || supervisor.try_wait().expect("a child"));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut supervisor) = self.supervisor.take() {
            // Its standard input ends, and with it the server.
            drop(supervisor.stdin.take());
            let _ = supervisor.wait();
        }
    }
}

fn signal(name: &str, pid: i32) {
    // One that has ended by itself need not be told.
    let _ = Command::new("kill").args([format!("-{name}"), pid.to_string()]).stderr(Stdio::null()).status();
}
