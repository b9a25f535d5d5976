//! `thidua admin`: users, managed from the machine itself, for whoever has lost the way in.

use crate::cli::database::{Making, found, open};
use crate::cli::refusals;
use crate::config::DataConfig;
use crate::crypto::{api_key, passwords};
use anyhow::{Context as _, Result, anyhow, bail};
use chrono::Utc;
use clap::Subcommand;
use std::io::Read;
use std::sync::Arc;
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Actor;
use thidua_domain::log::events::{Event, EventKind};
use thidua_domain::text::{Code, Name};
use thidua_domain::violation::Violation;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::accounts::{second_factors, users};
use thidua_persistence::{AccountKind, Context, Database, Error, Origin, Transaction};

/// Commands of `thidua admin`.
#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Create a user; the password is read from standard input.
    ///
    /// The user must change it first, unless there is nobody yet to whom the machine belongs, or it is said to be the user's
    /// own.
    CreateUser {
        #[command(flatten)]
        user: NewUser,
        #[command(flatten)]
        whose: Whose,
    },
    /// List the users: name, role, agency, state, second factor.
    ListUsers,
    /// Give a user another password, read from standard input, which the user must change first. It ends all sessions; a
    /// second factor stays.
    SetPassword {
        /// The name used to log in.
        #[arg(long)]
        username: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Invite a user to set a password that nobody else knows: prints a secret that is good once, for 72 hours.
    Invite {
        /// The name used to log in.
        #[arg(long)]
        username: String,
    },
    /// Take a user's second factor and its recovery codes away: the password is enough until a new one is set up.
    ResetSecondFactor {
        /// The name used to log in.
        #[arg(long)]
        username: String,
    },
}

/// A user to be created.
#[derive(Debug, clap::Args)]
pub(super) struct NewUser {
    /// The name used to log in.
    #[arg(long)]
    pub(super) username: String,
    /// admin, editor, approver, viewer, auditor or puller.
    #[arg(long)]
    pub(super) role: String,
    /// Identifier of the agency whose subtree bounds the user; the whole province while absent.
    #[arg(long)]
    pub(super) agency: Option<String>,
    /// The name shown to others.
    #[arg(long)]
    pub(super) display_name: Option<String>,
}

/// The owner of a password that is set here.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Whose {
    /// The password is the user's own, and known to nobody else: it need not be changed first.
    #[arg(long)]
    own: bool,
}

/// The reason of a change by these commands, in the change log.
const REASON: &str = "Thực hiện tại máy chủ bằng lệnh thidua admin";

impl Admin {
    /// Runs the command.
    pub(super) fn run(self, data: &DataConfig) -> Result<()> {
        found(data, Making::Refused)?;
        match self {
            Self::CreateUser { user, whose: Whose { own } } => {
                let (password, database) = (password()?, open(data)?);
                let is_first = database.model().access.accounts.is_empty();
                create(&database, &user, &password, !own && !is_first)?;
                println!("user {} created", user.username);
            }
            Self::ListUsers => list(&open(data)?)?,
            Self::SetPassword { username, whose: Whose { own } } => {
                let password = password()?;
                set_password(&open(data)?, &username, &password, !own)?;
                println!("user {username} has another password; all sessions have ended");
            }
            Self::Invite { username } => {
                let secret = invite(&open(data)?, &username)?;
                println!("user {username} may set a password with this secret, shown this once:\n{secret}");
            }
            Self::ResetSecondFactor { username } => {
                reset_second_factor(&open(data)?, &username)?;
                println!("user {username} has no second factor now");
            }
        }
        Ok(())
    }
}

/// Creates a user. A given password is one that the user must change.
pub(super) fn create(database: &Database, user: &NewUser, password: &str, given: bool) -> Result<AccountId> {
    let NewUser { username, role, agency, display_name } = user;
    let role = Role::from_spelling(role).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        anyhow!("unknown role {role}; the roles are {}", names.join(", "))
    })?;
    let agency = match agency {
        None => None,
        Some(identifier) => {
            let catalogue = Arc::clone(&database.model().catalogue);
            let found = catalogue.agency(identifier).map(|(id, _)| id);
            Some(found.ok_or_else(|| anyhow!("there is no agency with the identifier {identifier}"))?)
        }
    };
    let name = |name: &String| Name::parse("/display_name", name);
    let profile = UserProfile {
        username: Code::parse("/username", username).map_err(refusals::violation)?,
        display_name: display_name.as_ref().map(name).transpose().map_err(refusals::violation)?,
        user: User { role, agency, disabled: false, password_version: 1, password_given: given },
        sign_on: None,
    };
    let hash = hash(username, password)?;
    let context = Context::of_program(Utc::now(), None);
    database.write(context, move |transaction| users::insert(transaction, &profile, &hash)).map_err(refusals::error)
}

/// Prints the users in the order of their names.
fn list(database: &Database) -> Result<()> {
    let model = database.model();
    let mut all: Vec<_> =
        model.access.accounts.iter().filter(|(_, account)| account.kind == AccountKind::User).collect();
    all.sort_by(|(_, one), (_, other)| one.username.cmp(&other.username));
    let width = all.iter().map(|(_, account)| account.username.len()).max().unwrap_or_default();
    for (id, account) in all {
        let id = *id;
        let agency = account.agency.and_then(|agency| model.catalogue.agencies.get(&agency));
        let agency = agency.map_or("-", |agency| agency.identifier.as_str());
        let factor = database.read(move |connection| second_factors::confirmed(connection, id))?;
        let state = if account.disabled { "disabled" } else { "active" };
        let factor = if factor.is_some() { "second factor" } else { "password alone" };
        println!("{:<width$}  {:<8}  {agency:<20}  {state:<8}  {factor}", account.username, account.role.as_str());
    }
    Ok(())
}

fn set_password(database: &Database, username: &str, password: &str, given: bool) -> Result<()> {
    let (id, profile) = user(database, username)?;
    if profile.sign_on.is_some() {
        bail!("user {username} signs on by an issuer's word, and has no password");
    }
    let hash = hash(username, password)?;
    let work = move |transaction: &mut Transaction<'_>| {
        let mut profile = users::get(transaction.connection(), id)?;
        profile.user.password_given = given;
        users::update(transaction, id, &profile, Some(&hash))
    };
    database.write(context(), work).map_err(refusals::error)
}

fn invite(database: &Database, username: &str) -> Result<String> {
    let (id, _) = user(database, username)?;
    let secret = api_key::invitation()?;
    let hash = api_key::invitation_hash(&secret).context("an invitation that is none")?;
    let work = move |transaction: &mut Transaction<'_>| {
        transaction.come_from(Origin { address: None, operation: Arc::from("inviteUser") });
        users::invite(transaction, id, &hash)
    };
    database.write(context(), work).map_err(refusals::error)?;
    Ok(secret)
}

fn reset_second_factor(database: &Database, username: &str) -> Result<()> {
    let (id, _) = user(database, username)?;
    let work = move |transaction: &mut Transaction<'_>| {
        if second_factors::find(transaction.connection(), id)?.is_none() {
            return Err(Error::Conflict(Violation::new("", "second_factor_off")));
        }
        second_factors::remove(transaction, id)?;
        let at = transaction.now().timestamp_micros();
        transaction.append_event(&Event {
            at,
            kind: EventKind::Credentials,
            actor: Actor::SYSTEM,
            address: None,
            operation: "removeSecondFactor".to_owned(),
            subjects: vec![id.0],
            detail: None,
            reason: Some(REASON.to_owned()),
            times: 1,
        })
    };
    database.write(context(), work).map_err(refusals::error)
}

fn user(database: &Database, username: &str) -> Result<(AccountId, UserProfile)> {
    let name = username.to_owned();
    let found = database.read(move |connection| users::find(connection, &name))?;
    found.ok_or_else(|| anyhow!("there is no user {username}; thidua admin list-users names them all"))
}

fn context() -> Context {
    Context::of_program(Utc::now(), Some(REASON.to_owned()))
}

/// The password on standard input, without the end of its line.
fn password() -> Result<String> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).context("the password on standard input")?;
    Ok(password.trim_end_matches(['\n', '\r']).to_owned())
}

fn hash(username: &str, password: &str) -> Result<String> {
    passwords::check("/password", password, passwords::least(false), &[username]).map_err(refusals::violation)?;
    passwords::hash(password)
}
