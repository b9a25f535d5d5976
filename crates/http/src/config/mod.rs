//! Every setting, in one place: a flag, an environment variable, a default.

pub mod key_place;
mod several;
pub mod sign_on;
pub mod signing;

pub use several::Several;

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use key_place::KeyPlace;
use sign_on::SignOnConfig;
use signing::SigningConfig;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use thidua_persistence::accounts::sessions::Lifetimes;
use thidua_persistence::{Engine, Options};

/// Rows of a batch written in one commit, unless the installation says otherwise.
pub const ATOMIC_ROWS: u32 = 10_000;

/// Settings every command shares.
#[derive(Debug, Clone, Args)]
pub struct DataConfig {
    /// The database: `postgres://…`, `sqlite:FILE` or a file path. Default: thidua.sqlite in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// The directory for the embedded database and the keys.
    #[arg(long, env = "THIDUA_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,

    /// The file of the keys that sign reports and checkpoints, which must be there. Default: signing-key.pem in the
    /// data directory, made when missing; likewise for the others.
    #[arg(long, env = "THIDUA_SIGNING_KEY", hide_env_values = true, global = true)]
    pub signing_key: Option<PathBuf>,

    /// The file of the keys that sign access tokens.
    #[arg(long, env = "THIDUA_TOKEN_KEY", hide_env_values = true, global = true)]
    pub token_key: Option<PathBuf>,

    /// The file of the secret that seals cursors and the like.
    #[arg(long, env = "THIDUA_SECRET_KEY", hide_env_values = true, global = true)]
    pub secret_key: Option<PathBuf>,

    /// Settings of signatures.
    #[command(flatten)]
    pub signing: SigningConfig,
}

/// Settings of the log, which every command shares.
#[derive(Debug, Clone, Args)]
pub struct LogConfig {
    /// The form of the log on standard error: text, or a JSON object a line.
    #[arg(long, env = "THIDUA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
}

/// The form of a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Plain lines, for people.
    Text,
    /// A JSON object a line, for collectors of logs.
    Json,
}

/// Settings of the server.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, env = "THIDUA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// A standby of the PostgreSQL that --database-url names, to read from as far as it has come: `postgres://…`.
    #[arg(long, env = "THIDUA_READ_DATABASE_URL", hide_env_values = true)]
    pub read_database_url: Option<PostgresUrl>,

    /// Threads that serve requests. Default: one per core.
    #[arg(long, env = "THIDUA_WORKERS")]
    pub workers: Option<usize>,

    /// Minutes until an access token runs out.
    #[arg(long, env = "THIDUA_TOKEN_MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=60))]
    pub token_minutes: u16,

    /// Bytes a request body may have.
    #[arg(long, env = "THIDUA_MAX_BODY", default_value_t = 1_048_576)]
    pub max_body: usize,

    /// Bytes a batch may have.
    #[arg(long, env = "THIDUA_MAX_BATCH_BODY", default_value_t = 67_108_864)]
    pub max_batch_body: usize,

    /// Seconds a body may take to arrive, and one more for each of its KiB.
    #[arg(long, env = "THIDUA_BODY_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub body_seconds: u16,

    /// Seconds any body may take to arrive, however large it is.
    #[arg(long, env = "THIDUA_BODY_TOTAL_SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub body_total_seconds: u32,

    /// Rows a batch may have that is written all or none, or only tried: others wait for it.
    #[arg(long, env = "THIDUA_ATOMIC_ROWS", default_value_t = ATOMIC_ROWS, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub atomic_rows: u32,

    /// MiB of answers kept under idempotency keys in all, 1 to 4096; a sixteenth of it of one account.
    #[arg(long, env = "THIDUA_KEPT_UNDER_KEYS", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub kept_under_keys: u16,

    /// Settings of sessions and accounts.
    #[command(flatten)]
    pub access: AccessConfig,

    /// Settings of signing on.
    #[command(flatten)]
    pub sign_on: SignOnConfig,

    /// Counts of people below this are withheld from machines, with what they would follow from; 0 tells every count.
    #[arg(long, env = "THIDUA_SMALL_CELLS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    pub small_cells: u8,

    /// TLS without a proxy.
    #[command(flatten)]
    pub tls: TlsConfig,

    /// Settings that hold for every request, whatever it is about.
    #[command(flatten)]
    pub edge: EdgeConfig,

    /// Settings of monitoring.
    #[command(flatten)]
    pub watch: WatchConfig,
}

/// Settings of monitoring, for those who run the server.
#[derive(Debug, Clone, Args)]
pub struct WatchConfig {
    /// The address that serves metrics, at /metrics, without TLS and to anybody who reaches it; none while absent.
    #[arg(long, env = "THIDUA_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,

    /// The folder of backups, the newest of which the metrics tell; it need not be there.
    #[arg(long, env = "THIDUA_BACKUP_FOLDER")]
    pub backup_folder: Option<PathBuf>,

    /// Milliseconds from which on a request is logged as slow; 0 means never.
    #[arg(long, env = "THIDUA_SLOW_REQUEST_MS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    pub slow_request_ms: u32,

    /// Hours between verifications in the background, as `thidua verify` does, the first at the start; 0 means none.
    #[arg(long, env = "THIDUA_VERIFY_HOURS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=8760))]
    pub verify_hours: u16,
}

/// Settings of sessions and accounts.
#[derive(Debug, Clone, Args)]
pub struct AccessConfig {
    /// Hours until a session ends, however often it is refreshed.
    #[arg(long, env = "THIDUA_SESSION_HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=2160))]
    pub session_hours: u16,

    /// Hours until a session ends that is not refreshed.
    #[arg(long, env = "THIDUA_SESSION_IDLE_HOURS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=2160))]
    pub session_idle_hours: u16,

    /// Days after which a user is shut out who does not log in; 0 means never.
    #[arg(long, env = "THIDUA_ACCOUNT_IDLE_DAYS", default_value_t = 45, value_parser = clap::value_parser!(u16).range(..=3650))]
    pub account_idle_days: u16,
}

impl AccessConfig {
    /// The lifetimes of sessions.
    pub fn lifetimes(&self) -> Lifetimes {
        let hours = |hours: u16| TimeDelta::hours(hours.into());
        Lifetimes { session: hours(self.session_hours), idle: hours(self.session_idle_hours) }
    }
}

/// Settings of TLS in the program itself; without them it speaks plain HTTP, for a proxy.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsConfig {
    /// The certificate in PEM, with those between it and the root; read at the start.
    #[arg(long, env = "THIDUA_TLS_CERT", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key in PEM.
    #[arg(long, env = "THIDUA_TLS_KEY", hide_env_values = true, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl TlsConfig {
    /// The scheme of the server's own addresses.
    pub fn scheme(&self) -> &'static str {
        if self.tls_cert.is_some() { "https" } else { "http" }
    }
}

/// Settings that hold for every request, whatever it is about: limits, other origins, security.
#[derive(Debug, Clone, Args)]
pub struct EdgeConfig {
    /// Requests a caller may send per minute; 0 means no limit.
    #[arg(long, env = "THIDUA_REQUESTS_PER_MINUTE", default_value_t = 6000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub requests_per_minute: u32,

    /// Log-ins that may come from one address per minute; 0 means no limit.
    #[arg(long, env = "THIDUA_LOGINS_PER_MINUTE", default_value_t = 30, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub logins_per_minute: u32,

    /// Streams of changes and requests waiting for news that an account may have at once.
    #[arg(long, env = "THIDUA_STREAMS_PER_ACCOUNT", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub streams_per_account: u16,

    /// MiB of answers kept as they went out, which are given again as long as nothing has changed; 0 keeps none.
    #[arg(long, env = "THIDUA_KEPT_ANSWERS", default_value_t = 32, value_parser = clap::value_parser!(u16).range(..=4096))]
    pub kept_answers: u16,

    /// Addresses of proxies whose `X-Forwarded-For` is believed, separated by commas.
    #[arg(long, env = "THIDUA_TRUSTED_PROXIES", default_value = "")]
    pub trusted_proxies: Several<IpAddr>,

    /// The server's address as seen from outside, as `https://thidua.example.vn`. Default: as each request says.
    #[arg(long, env = "THIDUA_PUBLIC_URL")]
    pub public_url: Option<Origin>,

    /// Origins whose pages may call the API from a browser, as `https://example.org`, separated by commas.
    #[arg(long, env = "THIDUA_CORS_ORIGINS", default_value = "")]
    pub cors_origins: Several<Origin>,

    /// Seconds browsers shall insist on TLS (HSTS); 0 leaves it unsaid. Only for a server behind a TLS proxy.
    #[arg(long, env = "THIDUA_HSTS_SECONDS", default_value_t = 0)]
    pub hsts_seconds: u32,

    /// Contacts for reports of a weakness, as `mailto:…`, `https://…` or `tel:…`, separated by commas; make
    /// /.well-known/security.txt.
    #[arg(long, env = "THIDUA_SECURITY_CONTACT", default_value = "")]
    pub security_contact: Several<Contact>,

    /// Days from the start until security.txt runs out.
    #[arg(long, env = "THIDUA_SECURITY_TXT_DAYS", default_value_t = 180, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub security_txt_days: u16,
}

impl DataConfig {
    /// The options to open the database with.
    pub fn options(&self) -> Options {
        let default = || format!("sqlite:{}", self.data_dir.join("thidua.sqlite").display());
        Options::from_url(&self.database_url.clone().unwrap_or_else(default))
    }

    /// The file of the keys that sign reports and checkpoints.
    pub fn signing_key(&self) -> KeyPlace {
        self.place(self.signing_key.as_ref(), "signing-key.pem")
    }

    /// The file of the keys that sign tokens.
    pub fn token_key(&self) -> KeyPlace {
        self.place(self.token_key.as_ref(), "token-key.pem")
    }

    /// The file of the secret that seals cursors and the like.
    pub fn secret_key(&self) -> KeyPlace {
        self.place(self.secret_key.as_ref(), "secret-key.pem")
    }

    fn place(&self, said: Option<&PathBuf>, file: &str) -> KeyPlace {
        let path = said.cloned().unwrap_or_else(|| self.data_dir.join(file));
        KeyPlace { path, may_make: said.is_none() }
    }
}

/// The URL of a PostgreSQL server.
#[derive(Debug, Clone)]
pub struct PostgresUrl(Engine);

impl PostgresUrl {
    /// The server.
    pub fn engine(&self) -> Engine {
        self.0.clone()
    }
}

impl FromStr for PostgresUrl {
    type Err = &'static str;

    /// Parses a URL. What is none is not repeated: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Engine::from_url(text) {
            engine @ Engine::Postgres(_) => Ok(Self(engine)),
            Engine::Sqlite(_) => Err("a standby is named by postgres://…"),
        }
    }
}

/// An origin of pages, as browsers spell it in `Origin`: scheme, host, and a port that is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    /// Parses an origin. Neither `*` nor `null` is one, which would be everybody, nor is an address with a path, which
    /// no browser sends.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_lowercase();
        let (scheme, host) = text.split_once("://").unwrap_or_default();
        let host = match scheme {
            "https" => host.strip_suffix(":443").unwrap_or(host),
            "http" => host.strip_suffix(":80").unwrap_or(host),
            _ => "",
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(format!("{text}: an origin is https://HOST or http://HOST, with :PORT or without"));
        }
        Ok(Self(format!("{scheme}://{host}")))
    }
}

/// A contact for reports of a weakness (RFC 9116).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(String);

impl Contact {
    /// The address, a URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Contact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known =
            ["mailto:", "https://", "tel:"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
        if known && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text}: a contact is mailto:…, https://… or tel:…"))
        }
    }
}
