//! The reference puller: keeps an SQLite file equal to a server, through its public API alone. It is meant to be read.
//!
//! [`pull`](mod@pull) is the loop, [`chain`] and [`keys`] verify, [`copy`] is the file, [`client`] asks. docs/pull.md
//! describes the file, and how to do the same with curl. The program `thidua-pull` is this and nothing else;
//! `thidua pull` takes the same [`Options`].

pub mod chain;
pub mod client;
pub mod copy;
pub mod error;
pub mod keys;
pub mod progress;
pub mod pull;
mod tables;
pub mod wire;

use clap::{Args, Parser};
use client::{Client, Credentials};
use copy::CopyFile;
use error::Error;
use progress::Progress;
use pull::{Pull, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// Keeps an SQLite file equal to a Thi đua Số server, through its public API: verified, resumable, signed.
///
/// The password is in the environment variable THIDUA_PULL_PASSWORD or in a file; a token instead of both is in
/// THIDUA_PULL_TOKEN.
#[derive(Debug, Parser)]
#[command(version, name = "thidua-pull")]
pub struct Program {
    #[command(flatten)]
    options: Options,
}

impl Program {
    /// Does what was asked for.
    pub fn run(&self) -> Result<(), Error> {
        self.options.run()
    }
}

/// Settings of a pull. The password is in the environment variable THIDUA_PULL_PASSWORD or in a file; a token instead
/// of both is in THIDUA_PULL_TOKEN.
#[derive(Debug, Args)]
pub struct Options {
    /// The server's address, as https://HOST.
    #[arg(long, value_name = "URL")]
    pub from: String,

    /// The SQLite file; it is made when there is none.
    #[arg(long, value_name = "FILE")]
    pub into: PathBuf,

    /// The user name to log in with.
    #[arg(long, env = "THIDUA_PULL_USERNAME")]
    pub username: Option<String>,

    /// A file with the password, when it is not in the environment.
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Gets the signed provincial report of a period, too (2026-10, 2026-Q4, 2026-H2 or 2026); may be repeated.
    #[arg(long = "report", value_name = "PERIOD", value_parser = period)]
    pub reports: Vec<String>,

    /// Keeps pulling when everything is there: changes are pulled as they happen.
    #[arg(long)]
    pub follow: bool,

    /// Trusts a key of the server by its name; may be repeated. Without, the keys seen first are trusted.
    // The name is a hash in base64url, one in 64 of which begins with a hyphen.
    #[arg(long = "trust-key", value_name = "NAME", allow_hyphen_values = true)]
    pub trusted_keys: Vec<String>,

    /// Changes in a page, which is stored as a whole.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,

    /// Seconds to go on asking a server that does not answer, or is too busy.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(..=86_400))]
    pub patience: u32,

    /// Allows http:// to another machine, where everybody on the way can read the password.
    #[arg(long)]
    pub insecure: bool,
}

impl Options {
    /// Pulls, and prints a summary on standard output.
    pub fn run(&self) -> Result<(), Error> {
        let progress = Progress::on_standard_error();
        let patience = Duration::from_secs(self.patience.into());
        let client = Client::new(&self.from, self.insecure, self.credentials()?, patience, progress.clone())?;
        let settings = Settings { limit: self.limit, named: &self.trusted_keys, periods: &self.reports };
        let mut pull = Pull::begin(client, CopyFile::open(&self.into)?, settings, progress)?;
        println!("{}", pull.once()?);
        if self.follow { pull.follow() } else { Ok(()) }
    }

    fn credentials(&self) -> Result<Credentials, Error> {
        if let Ok(token) = std::env::var("THIDUA_PULL_TOKEN") {
            return Ok(Credentials::Token(token));
        }
        let Some(username) = self.username.clone() else {
            return Err(Error::Settings("who pulls? Say --username, or give a token in THIDUA_PULL_TOKEN".to_owned()));
        };
        let password = match (&self.password_file, std::env::var("THIDUA_PULL_PASSWORD")) {
            (Some(file), _) => std::fs::read_to_string(file)
                .map_err(|error| Error::Settings(format!("{}: {error}", file.display())))?
                .trim_end_matches(['\n', '\r'])
                .to_owned(),
            (None, Ok(password)) => password,
            (None, Err(_)) => {
                let what = format!("the password of {username}? Say --password-file, or set THIDUA_PULL_PASSWORD");
                return Err(Error::Settings(what));
            }
        };
        Ok(Credentials::Password { username, password })
    }
}

/// Checks the look of a period, which goes into an address and is a key in the file. Its meaning is the server's to
/// check.
fn period(text: &str) -> Result<String, String> {
    let fits = (4..=7).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(text.to_owned()) } else { Err("a period is 2026-10, 2026-Q4, 2026-H2 or 2026".to_owned()) }
}
