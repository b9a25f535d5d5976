//! Settings of a measurement.

use crate::bare_inserts::Target;
use clap::Args;
use std::path::PathBuf;

/// Settings of a measurement. Others are the product's own: it is started with the environment of this program.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The database to measure on: postgres://…, or sqlite:FILE.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(super) database_url: String,
    /// An administrator of the database.
    #[arg(long, default_value = "bench")]
    pub(super) username: String,
    /// The password.
    #[arg(long, env = "THIDUA_BENCH_PASSWORD", hide_env_values = true)]
    pub(super) password: String,
    /// Rounds of product and constant handler, in turn.
    #[arg(long, default_value_t = 5)]
    pub(super) rounds: usize,
    /// Milliseconds that either is measured in a round.
    #[arg(long, default_value_t = 2000)]
    pub(super) milliseconds: u64,
    /// Threads that serve requests, on either side.
    #[arg(long, default_value_t = 2)]
    pub(super) workers: usize,
    /// Only rows whose name has this in it.
    #[arg(long, default_value = "")]
    pub(super) only: String,
    /// The log level of the product.
    #[arg(long, default_value = "info")]
    pub(super) log: String,
    /// The program to measure; `thidua` beside this one when none is named.
    #[arg(long, env = "THIDUA_BENCH_PROGRAM")]
    pub(super) program: Option<PathBuf>,
    /// Records of the request with many records; 0 leaves it out.
    #[arg(long, default_value_t = 100_000)]
    pub(super) bulk: usize,
}

impl Options {
    pub(super) fn target(&self) -> Target<'_> {
        Target(&self.database_url)
    }
}
