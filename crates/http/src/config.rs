//! Every setting, in one place: a flag, an environment variable, a default.

use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use thidua_persistence::Options;

/// Settings every command shares.
#[derive(Debug, Clone, Args)]
pub struct DataConfig {
    /// The database: `postgres://…`, `sqlite:FILE` or a file path. Default: thidua.sqlite in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// The directory for the embedded database and the token key.
    #[arg(long, env = "THIDUA_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
}

/// Settings of the server.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// The address to listen on; port 0 picks a free one.
    #[arg(long, env = "THIDUA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

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
}

impl DataConfig {
    /// How to open the database.
    pub fn options(&self) -> Options {
        let default = || format!("sqlite:{}", self.data_dir.join("thidua.sqlite").display());
        Options::from_url(&self.database_url.clone().unwrap_or_else(default))
    }

    /// Where the key that signs tokens is kept.
    pub fn token_key(&self) -> PathBuf {
        self.data_dir.join("token-key.pem")
    }
}
