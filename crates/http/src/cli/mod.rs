//! The commands of the `thidua` program.

mod admin;
pub mod backups;
mod catalogue;
mod database;
pub mod exported_log;
mod first_password;
pub mod healthcheck;
pub mod keys;
pub(crate) mod log_writer;
pub mod logging;
pub mod progress;
mod refusals;
pub mod verify;

use crate::api::accounts::sessions::NewSession;
use crate::cli::admin::{Admin, NewUser};
use crate::cli::backups::{Backup, Restore};
use crate::cli::catalogue::{CatalogueCommand, Init};
use crate::cli::healthcheck::Healthcheck;
use crate::config::{DataConfig, LogConfig, Origin, ServeConfig};
use crate::crypto::api_key;
use crate::crypto::key_files;
use crate::crypto::passwords;
use crate::crypto::refresh_tokens::RefreshTokens;
use crate::crypto::signing::SigningKeys;
use crate::crypto::tokens::Tokens;
use crate::openapi::v3_0;
use crate::problem::negotiation::Language;
use crate::store::Store;
use crate::{openapi, server};
use actix_web::web::Data;
use anyhow::{Context as _, Result};
use chrono::Utc;
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use thidua_domain::accounts::client_keys::KeyKind;
use thidua_domain::accounts::users::Role;
use thidua_domain::id::AccountId;
use thidua_persistence::accounts::sessions;
use thidua_persistence::{Context, Database};

/// Thi đua Số: the reporting backend of the movement "Chuyển đổi số giai đoạn 2023–2030".
#[derive(Debug, Parser)]
#[command(version, name = "thidua")]
pub struct Program {
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    log: LogConfig,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API; on first run make the database, the token key and an administrator.
    Serve {
        #[command(flatten)]
        serve: Box<ServeConfig>,
        #[command(flatten)]
        first: First,
    },
    /// Bring the database schema up to date.
    Migrate {
        /// Make a new database where there is none.
        #[arg(long)]
        create: bool,
    },
    /// Enter the catalogue a province begins with: movement, targets, agencies, periods; see docs/catalogue.md.
    ///
    /// Makes the database where there is none. What is there stays; what differs is told.
    Init(Init),
    /// Take the catalogue of a database out as files.
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// Load the sample province into a database without agencies.
    Sample {
        /// Multiplies staff, records and agencies, for load work.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        scale: u32,
        /// Make a new database where there is none.
        #[arg(long)]
        create: bool,
    },
    /// Manage users from the machine itself.
    #[command(subcommand)]
    Admin(Admin),
    /// List the keys of the installation, or put new ones in their place.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Print the OpenAPI contract.
    Openapi {
        /// The version of OpenAPI; 3.0 is a rendering for tools that cannot read 3.1.
        #[arg(long, value_name = "3.1|3.0", default_value = "3.1", value_parser = ["3.1", "3.0"])]
        version: String,
        /// The language of its texts.
        #[arg(long, value_enum, default_value_t = Language::English)]
        lang: Language,
    },
    /// Print the catalogue of the contract's texts, as in openapi/vi.po.
    Texts,
    /// Print the table of problem codes, as in docs/problems.md.
    Problems,
    /// Follow the change chain, compare every row with it and compute every cell again; see docs/verification.md.
    ///
    /// Exits with 0 when all agrees, with 1 after naming the first difference, with 2 when it could not be checked.
    /// Changes nothing, not even the schema.
    Verify(verify::Options),
    /// Write the database and its keys to one file, while servers run; see docs/backup.md.
    Backup(Backup),
    /// Put a backup where there is nothing yet, and verify it before it counts; see docs/backup.md.
    Restore(Restore),
    /// Exit with 0 if the server of these settings, on this machine, is ready; for probes of containers.
    Healthcheck(Healthcheck),
    /// Keep an SQLite file equal to a server, through its public API: verified, resumable, signed; see docs/pull.md.
    Pull(thidua_pull::Options),
}

/// Rows that a server begins with, if the database holds no agencies yet.
#[derive(Debug, Clone, Copy, Args)]
#[group(multiple = false)]
struct First {
    /// Load the sample province first, if the database holds no agencies yet.
    #[arg(long)]
    sample: bool,
    /// Enter the catalogue a province begins with, as `thidua init` does, if the database holds no agencies yet.
    #[arg(long)]
    init: bool,
}

impl Program {
    /// Runs the command, with a log.
    pub fn run(self) -> Result<ExitCode> {
        logging::init(self.log.log_format);
        let data = &self.data;
        match self.command {
            Command::Serve { serve, first } => serve_until_stopped(data, &serve, first)?,
            Command::Init(init) => init.run(data)?,
            Command::Catalogue(command) => command.run(data)?,
            Command::Migrate { create } => database::migrate(data, create.into())?,
            Command::Sample { scale, create } => load_sample(&database::opened(data, create.into())?, scale)?,
            Command::Admin(admin) => admin.run(data)?,
            Command::Openapi { version, lang } if version == "3.0" => print!("{}", v3_0::json(lang)),
            Command::Openapi { lang, .. } => print!("{}", openapi::json(lang)),
            Command::Texts => print!("{}", openapi::texts()?),
            Command::Keys(keys) => keys.run(data)?,
            Command::Problems => print!("{}", server::problems_as_markdown()),
            Command::Verify(verify) => return Ok(verify.run(data)),
            Command::Backup(backup) => backup.run(data)?,
            Command::Restore(restore) => {
                database::name(data);
                database::make_folder(data)?;
                restore.run(data)?;
            }
            Command::Healthcheck(healthcheck) => healthcheck.run()?,
            Command::Pull(pull) => pull.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn serve_until_stopped(data: &DataConfig, serve: &ServeConfig, first: First) -> Result<()> {
    let database = Arc::new(database::open_to_serve(data, serve.read_database_url.as_ref())?);
    let tokens = Tokens::open(&data.token_key(), serve.token_minutes)?;
    let first_password = first_administrator(&database, data)?;
    if first.init {
        catalogue::enter_first(&database)?;
    }
    if first.sample && database.model().catalogue.agencies.is_empty() {
        load_sample(&database, 1)?;
    }
    let signing_keys = SigningKeys::open(&data.signing_key(), &data.signing)?;
    let oldest = key_files::keys(&data.token_key().path)?.pop().unwrap_or_default();
    let secret = key_files::secret(&data.secret_key(), &oldest)?;
    // Where it is no terminal, what is printed is kept: the password is changed, a token could be used by who reads it.
    let pull_token = match &first_password {
        Some((id, _)) if std::io::stdout().is_terminal() => {
            Some(first_token(&database, &tokens, &RefreshTokens::under(&secret), *id)?)
        }
        _ => None,
    };
    let store = Data::new(Store::new(
        Arc::clone(&database),
        tokens,
        signing_keys,
        secret,
        (serve.access.clone(), serve.kept_under_keys),
    ));
    actix_web::rt::System::new().block_on(async {
        let bound = server::bind(serve, store).with_context(|| serve.listen.to_string())?;
        let here = format!("{}://{}", serve.tls.scheme(), shown(bound.address));
        println!("Thi đua Số listens on {here} ({})", database.engine().name());
        let base = serve.edge.public_url.as_ref().map_or(here.as_str(), Origin::as_str);
        println!("  Swagger UI     {base}/docs/");
        if let Some(metrics) = bound.metrics {
            println!("  Metrics        http://{metrics}/metrics");
        }
        match &first_password {
            Some((_, password)) => {
                println!("  Administrator  admin");
                println!("  Password       {password}   (shown this once; change it with POST /api/v1/auth/password)");
                println!("  Also in        {}", first_password::place(data).display());
            }
            None => println!("  Administrator  as created earlier"),
        }
        if let Some(token) = pull_token {
            println!("  Pull           curl -s -H 'Authorization: Bearer {token}' '{base}/api/v1/provincial-report?period=2026-10'");
        }
        Ok(bound.server.await?)
    })
}

/// An address that can be called: one that stands for all of the machine's is none.
fn shown(bound: SocketAddr) -> String {
    if bound.ip().is_unspecified() { format!("localhost:{}", bound.port()) } else { bound.to_string() }
}

/// An access token for a first pull, of a session like any other.
fn first_token(
    database: &Database,
    tokens: &Tokens,
    refresh_tokens: &RefreshTokens,
    administrator: AccountId,
) -> Result<String> {
    let session = NewSession::of(refresh_tokens, administrator, 1)?.session;
    let token = tokens.issue(&session, Utc::now())?;
    let context = Context::of_program(Utc::now(), None);
    database.write(context, move |transaction| sessions::begin(transaction, &session))?;
    Ok(token)
}

/// Creates an administrator with a random password when there is no user yet.
fn first_administrator(database: &Database, data: &DataConfig) -> Result<Option<(AccountId, String)>> {
    if !database.model().access.accounts.is_empty() {
        first_password::remove_changed(data, database);
        return Ok(None);
    }
    let password = passwords::random()?;
    let administrator = NewUser {
        username: first_password::ADMINISTRATOR.to_owned(),
        role: Role::Admin.to_string(),
        agency: None,
        display_name: None,
    };
    let id = admin::create(database, &administrator, &password, false)?;
    if let Err(error) = first_password::keep(data, &password) {
        log::warn!("{}: the first password is not kept, only printed: {error}", first_password::place(data).display());
    }
    Ok(Some((id, password)))
}

fn load_sample(database: &Database, scale: u32) -> Result<()> {
    let (progress, key_hash) = (progress::on_standard_error(), api_key::hash_of_none(KeyKind::ApiKey)?);
    let summary =
        thidua_sample::load(database, scale, Utc::now(), key_hash, progress.as_ref()).map_err(refusals::error)?;
    eprintln!("{summary}");
    Ok(())
}
