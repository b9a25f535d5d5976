//! The real program as a real process.

use crate::client::Client;
use crate::engines::Place;
use crate::server::PASSWORD;
use crate::waiting::eventually;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

/// The program with a place's database and data folder.
pub fn program(place: &Place) -> Command {
    let mut command = Command::new(binary());
    command.env("DATABASE_URL", &place.url).env("THIDUA_DATA_DIR", place.folder().join("data"));
    command.env("THIDUA_LISTEN", "127.0.0.1:0").env("RUST_LOG", "warn").stdin(Stdio::null());
    command.env("THIDUA_REQUESTS_PER_MINUTE", "0").env("THIDUA_LOGINS_PER_MINUTE", "0");
    command
}

/// Runs a command of the program to its end, with a text on standard input.
pub fn run(place: &Place, arguments: &[&str], input: &str) -> Output {
    let mut command = program(place);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // One that is refused before it asks may be gone.
    let written = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    assert!(written.is_ok() || child.wait().is_ok_and(|ended| !ended.success()), "the program reads its input");
    child.wait_with_output().expect("the program ends")
}

/// The lines a command has printed after the one that names its database.
pub fn told(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let rest = text.strip_prefix("database ").and_then(|line| line.split_once('\n')).map_or(&*text, |(_, rest)| rest);
    rest.to_owned()
}

/// Makes the database with the sample province at the terminal.
pub fn make_sample(place: &Place) {
    let made = run(place, &["sample", "--create"], "");
    assert!(made.status.success(), "{made:?}");
}

/// Makes the administrator `root` at the terminal, and the database before where there is none.
pub fn make_root(place: &Place) {
    let made = run(place, &["migrate", "--create"], "");
    assert!(made.status.success(), "{made:?}");
    // A server may have made an account before, and a further one's password would have to be changed first.
    let made = run(place, &["admin", "create-user", "--username", "root", "--role", "admin", "--own"], PASSWORD);
    assert!(made.status.success(), "{made:?}");
}

/// The command of a pull from a server into a file, with a token or without; it is not started yet.
pub fn pull(url: &str, file: &Path, token: Option<&str>) -> Command {
    let mut command = Command::new(binary());
    command.args(["pull", "--from", url, "--into"]).arg(file).env("RUST_LOG", "warn").stdin(Stdio::null());
    for name in ["THIDUA_PULL_USERNAME", "THIDUA_PULL_PASSWORD", "THIDUA_PULL_TOKEN"] {
        command.env_remove(name);
    }
    command.envs(token.map(|token| ("THIDUA_PULL_TOKEN", token)));
    command
}

/// A serving process; killed when dropped.
pub struct Serving {
    child: Child,
    output: BufReader<ChildStdout>,
    /// `http://127.0.0.1:PORT`, or with `https`.
    pub url: String,
}

impl Serving {
    /// Starts `serve` and waits for it to say where it listens.
    pub fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::start_logging(place, arguments, "warn", Stdio::null())
    }

    /// As [`Serving::start`], with a log of some level going somewhere.
    pub fn start_logging(place: &Place, arguments: &[&str], level: &str, log: Stdio) -> Self {
        let mut command = program(place);
        command.arg("serve").args(arguments).env("RUST_LOG", level).stderr(log);
        Self::spawn(command)
    }

    /// Starts `serve` by another program, which must become it or go with it.
    pub fn start_by(place: &Place, starter: &[&str], arguments: &[&str]) -> Self {
        let (first, rest) = starter.split_first().expect("a program");
        let own = program(place);
        let mut command = Command::new(first);
        command
            .args(rest)
            .arg(own.get_program())
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let line = read_line(&mut output);
        let url = line.split_whitespace().find(|word| word.starts_with("http")).expect("an address").to_owned();
        Self { child, output, url }
    }

    /// Starts `serve` on the sample province, at a port that stays free for it when it is started again.
    pub fn start_sample(place: &Place, port: u16) -> Self {
        Self::start(place, &["--sample", "--listen", &format!("127.0.0.1:{port}")])
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// True while the process runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a process of ours").is_none()
    }

    /// The exit code it has ended with.
    pub fn code(&mut self) -> Option<i32> {
        self.child.wait().expect("a process of ours").code()
    }

    /// The next line it prints.
    pub fn line(&mut self) -> String {
        read_line(&mut self.output)
    }

    /// Somebody who has not logged in.
    pub fn anonymous(&self) -> Client {
        Client::new(self.url.clone(), None)
    }

    /// The administrator `root`, logged in: see [`make_root`].
    pub fn root(&self) -> Client {
        let credentials = json!({"username": "root", "password": PASSWORD});
        let token = self.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
        Client::new(self.url.clone(), Some(token["access_token"].as_str().expect("a token").to_owned()))
    }

    /// Asks it to end and gives its exit code, which must come soon, whatever it is at work on.
    pub fn terminate(self) -> Option<i32> {
        self.end().0
    }

    /// As [`Serving::terminate`], with all it has printed that was not read yet.
    pub fn end(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(asked.success(), "the process is gone already");
        let ended = || self.child.try_wait().expect("a process of ours");
        let code = eventually("the process ends", ended).code();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).expect("the program prints text");
        (code, rest)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).expect("the program prints");
    line.trim().to_owned()
}

/// The program, built once per test process with the profile of the tests.
pub fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            // Together with the suite: alone, its dependencies have other features and would all be built once more.
            .args(["build", "--quiet", "--locked", "-p", "thidua-http", "-p", "thidua-tests"])
            .args(["--bin", "thidua", "--test", "suite"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the program does not build");
        let tests = std::env::current_exe().expect("a test binary");
        tests.ancestors().nth(2).expect("a target folder").join("thidua")
    })
}
