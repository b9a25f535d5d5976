//! Users, and the sessions they have ended. Shown names and password hashes stay out of the change log; the names used
//! to log in are sealed in it.

use crate::accounts::{AccountFilter, invitations, require_free, sessions, uses};
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{spelled, stored, stored_option};
use crate::engine::functions::folded;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::users;
use crate::error::{Error, Result, RightLapse};
use crate::log::expected_rows::{Expected, rows_in};
use crate::write::free_codes::Coding;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::id::{AccountId, AgencyId};
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::log::unlogged::Marked;
use thidua_domain::spelling;
use thidua_domain::spelling::meant;
use thidua_domain::text::{Code, IssuerSubject, Name};
use thidua_domain::time::Moment;
use thidua_domain::violation::Violation;

/// A user with names and subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserProfile {
    /// The name used to log in.
    pub username: Code,
    /// The name shown.
    pub display_name: Option<Name>,
    /// Role, agency, password version, and whether the user may come in.
    pub user: User,
    /// The issuer's account by which the user comes in; with a password while absent.
    pub sign_on: Option<SignOn>,
}

impl UserProfile {
    /// The user as the change log holds them.
    fn logged(&self) -> LoggedUser<&User> {
        LoggedUser { user: &self.user, username: Some(self.username.clone()) }
    }

    /// The unlogged members that differ in another profile.
    fn unlogged_changed(&self, after: &Self) -> Vec<&'static str> {
        let differ =
            [("display_name", self.display_name != after.display_name), ("subject", self.sign_on != after.sign_on)];
        differ.into_iter().filter(|(_, differs)| *differs).map(|(member, _)| member).collect()
    }
}

/// A user as an OpenID Connect issuer knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOn {
    /// The issuer, by the name it gives itself.
    pub issuer: String,
    /// The user's subject there.
    pub subject: IssuerSubject,
}

listed! {
    /// Lists users by name.
    pub fn list(users, AccountFilter, by |_| None) -> (AccountId, UserProfile) = Row::parse;
    /// Sort orders of users; the first is the default.
    Sort {
        /// By user name.
        Username = "username" => username: String,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &AccountFilter, _: Access) -> users::BoxedQuery<'_, AnyBackend> {
    users::table
        .into_boxed::<AnyBackend>()
        .narrowed(filter.role.map(|role| users::role.eq(role.as_str())))
        .narrowed(filter.disabled.map(|disabled| users::disabled.eq(disabled)))
}

/// Finds a user by name.
pub fn find(connection: &mut Connection, username: &str) -> Result<Option<(AccountId, UserProfile)>> {
    let is_same = folded(users::username).eq(spelling::folded(username));
    let rows: Vec<Row> = users::table.filter(is_same).order(users::id).load(&mut connection.0)?;
    meant(username, rows, |row| &row.username).map(Row::parse).transpose()
}

/// A user.
pub fn get(connection: &mut Connection, id: AccountId) -> Result<UserProfile> {
    let row: Option<Row> = users::table.find(id.0).first(&mut connection.0).optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::Users))?.parse()?.1)
}

/// Finds the user with a subject of an issuer.
pub fn signed_on(connection: &mut Connection, sign_on: &SignOn) -> Result<Option<(AccountId, UserProfile)>> {
    let row: Option<Row> = users::table
        .filter(users::issuer.eq(&sign_on.issuer).and(users::subject.eq(sign_on.subject.as_str())))
        .first(&mut connection.0)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// The users who are not disabled, by identity.
pub(crate) fn active(connection: &mut Connection) -> Result<Vec<(AccountId, UserProfile)>> {
    let rows: Vec<Row> = users::table.filter(users::disabled.eq(false)).order(users::id).load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The stored hash of a user's password, and the version of that password.
pub fn password(connection: &mut Connection, id: AccountId) -> Result<(String, i64)> {
    let password: Option<(String, i64)> = users::table
        .find(id.0)
        .select((users::password_hash, users::password_version))
        .first(&mut connection.0)
        .optional()?;
    password.ok_or(Error::NotFound(Resource::Users))
}

/// Creates a user.
pub fn insert(transaction: &mut Transaction<'_>, profile: &UserProfile, password_hash: &str) -> Result<AccountId> {
    let coding = Coding { pointer: "/username", before: None, after: &profile.username };
    let new = AccountId(transaction.head() + 1);
    require_free(transaction.connection(), new, &coding)?;
    require_unclaimed(transaction.connection(), profile)?;
    let id = AccountId(transaction.created(Resource::Users, &profile.logged())?);
    let row = Row::new(id, profile, password_hash);
    diesel::insert_into(users::table).values(row).execute(transaction.raw())?;
    uses::note(transaction, id)?;
    Ok(id)
}

/// Stores another hash of the same password, unless the hash that was verified has been replaced meanwhile.
pub fn renew_hash(transaction: &mut Transaction<'_>, id: AccountId, verified: &str, renewed: &str) -> Result<()> {
    diesel::update(users::table.find(id.0).filter(users::password_hash.eq(verified)))
        .set(users::password_hash.eq(renewed))
        .execute(transaction.raw())?;
    Ok(())
}

/// Gives a user another password instead of the one of a version, which voids all earlier tokens and an invitation.
/// Nothing else of the user changes.
///
/// # Errors
///
/// A lapse, if the user is disabled, or the password is another one already.
pub fn change_password(transaction: &mut Transaction<'_>, id: AccountId, version: i64, hash: &str) -> Result<()> {
    let row: Option<Row> = users::table.find(id.0).first(transaction.raw()).optional()?;
    let (_, before) = row.ok_or(Error::NotFound(Resource::Users))?.parse()?;
    if before.user.disabled || before.user.password_version != version {
        return Err(Error::Lapsed(RightLapse::Gone));
    }
    let mut after = before.clone();
    after.user.password_version += 1;
    after.user.password_given = false;
    let (logged, logged_after) = (before.logged(), after.logged());
    transaction.updated(Resource::Users, id.0, &Marked::new(&logged, &[]), &Marked::new(&logged_after, &[]))?;
    sessions::end_all(transaction, id)?;
    invitations::void(transaction, id)?;
    diesel::update(users::table.find(id.0))
        .set((
            users::password_hash.eq(hash),
            users::password_version.eq(after.user.password_version),
            users::password_given.eq(after.user.password_given),
        ))
        .execute(transaction.raw())?;
    Ok(())
}

/// Invites a user, by the hash of a secret, to set a password; an invitation of before is void. Returns the moment at which
/// it runs out.
///
/// # Errors
///
/// A conflict, if the user is disabled, or signs on by an issuer's word.
pub fn invite(transaction: &mut Transaction<'_>, id: AccountId, hash: &Hash) -> Result<Moment> {
    let profile = get(transaction.connection(), id)?;
    if profile.user.disabled {
        return Err(Error::Conflict(Violation::new("", "account_disabled")));
    }
    if profile.sign_on.is_some() {
        return Err(Error::Conflict(Violation::new("", "invitation_beside_subject")));
    }
    invitations::make(transaction, id, hash)
}

/// Accepts a user's invitation: it is used up, and there is another password instead of the one of a version.
///
/// # Errors
///
/// A lapse, if the invitation is void by now, the user is disabled, or the password is another one already.
pub fn accept_invitation(
    transaction: &mut Transaction<'_>,
    (id, hash): (AccountId, &Hash),
    version: i64,
    password_hash: &str,
) -> Result<()> {
    let now = transaction.now();
    if invitations::find(transaction.connection(), hash, now)? != Some(id) {
        return Err(Error::Lapsed(RightLapse::Gone));
    }
    change_password(transaction, id, version, password_hash)
}

/// Changes a user and, when a hash is given, the password, which voids all earlier tokens and an invitation. With the issuer's subject
/// the password must change, too, so that the way in of before is closed.
pub fn update(
    transaction: &mut Transaction<'_>,
    id: AccountId,
    after: &UserProfile,
    password_hash_after: Option<&str>,
) -> Result<()> {
    let row: Option<Row> = users::table.find(id.0).first(transaction.raw()).optional()?;
    let row = row.ok_or(Error::NotFound(Resource::Users))?;
    let hash = password_hash_after.map_or_else(|| row.password_hash.clone(), str::to_owned);
    let (_, before) = row.parse()?;
    let coding = Coding { pointer: "/username", before: Some(&before.username), after: &after.username };
    require_free(transaction.connection(), id, &coding)?;
    if before.sign_on != after.sign_on {
        require_unclaimed(transaction.connection(), after)?;
    }
    let mut after = after.clone();
    after.user.password_version = before.user.password_version + i64::from(password_hash_after.is_some());
    if loses_last_admin(transaction, id, &before, &after)? {
        return Err(Error::Conflict(Violation::new("/role", "last_admin")));
    }
    let unlogged = before.unlogged_changed(&after);
    let (logged, logged_after) = (before.logged(), after.logged());
    transaction.updated(Resource::Users, id.0, &Marked::new(&logged, &[]), &Marked::new(&logged_after, &unlogged))?;
    if after.user.disabled || password_hash_after.is_some() {
        sessions::end_all(transaction, id)?;
        invitations::void(transaction, id)?;
    }
    if before.user.disabled && !after.user.disabled {
        uses::note(transaction, id)?;
    }
    diesel::update(users::table.find(id.0)).set(Row::new(id, &after, &hash)).execute(transaction.raw())?;
    Ok(())
}

/// A user as the change log holds them: the name is sealed in it.
#[derive(Serialize, Deserialize)]
struct LoggedUser<U> {
    #[serde(flatten)]
    user: U,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<Code>,
}

/// Refuses a subject that another user has.
fn require_unclaimed(connection: &mut Connection, profile: &UserProfile) -> Result<()> {
    let Some(sign_on) = &profile.sign_on else { return Ok(()) };
    match signed_on(connection, sign_on)? {
        None => Ok(()),
        Some((_, other)) => {
            Err(Error::Conflict(Violation::new("/subject", "subject_taken").with("username", &other.username)))
        }
    }
}

fn loses_last_admin(
    transaction: &mut Transaction<'_>,
    id: AccountId,
    before: &UserProfile,
    after: &UserProfile,
) -> Result<bool> {
    let active_admin = |user: &User| user.role == Role::Admin && user.agency.is_none() && !user.disabled;
    if !active_admin(&before.user) || active_admin(&after.user) {
        return Ok(false);
    }
    let others: i64 = users::table
        .filter(users::id.ne(id.0).and(users::role.eq(Role::Admin.as_str())))
        .filter(users::agency_id.is_null().and(users::disabled.eq(false)))
        .count()
        .get_result(transaction.raw())?;
    Ok(others == 0)
}

/// The first user whose logged part differs from the log, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<Row> = rows_in!(users, expected).load(&mut connection.0)?;
    let names: HashMap<i64, String> = rows.iter().map(|row| (row.id, row.username.clone())).collect();
    let rows = rows.into_iter();
    let rows = rows.map(|row| {
        let password = (row.password_version, row.password_given);
        (row.id, (row.username, row.role, row.agency_id, row.disabled, password))
    });
    expected.against(rows.collect(), |id, LoggedUser { user, username }: &LoggedUser<User>| {
        // Rows that were logged before names were logged have none.
        let username =
            username.as_ref().map(ToString::to_string).or_else(|| names.get(&id).cloned()).unwrap_or_default();
        let agency = user.agency.map(|agency| agency.0);
        let password = (user.password_version, user.password_given);
        Ok((username, user.role.as_str().to_owned(), agency, user.disabled, password))
    })
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    username: String,
    display_name: Option<String>,
    role: String,
    agency_id: Option<i64>,
    disabled: bool,
    password_version: i64,
    password_hash: String,
    issuer: Option<String>,
    subject: Option<String>,
    password_given: bool,
}

impl Row {
    fn new(id: AccountId, profile: &UserProfile, password_hash: &str) -> Self {
        Self {
            id: id.0,
            username: profile.username.to_string(),
            display_name: profile.display_name.as_ref().map(ToString::to_string),
            role: profile.user.role.as_str().to_owned(),
            agency_id: profile.user.agency.map(|agency| agency.0),
            disabled: profile.user.disabled,
            password_version: profile.user.password_version,
            password_hash: password_hash.to_owned(),
            issuer: profile.sign_on.as_ref().map(|sign_on| sign_on.issuer.clone()),
            subject: profile.sign_on.as_ref().map(|sign_on| sign_on.subject.to_string()),
            password_given: profile.user.password_given,
        }
    }

    fn parse(self) -> Result<(AccountId, UserProfile)> {
        let subject = stored_option(self.subject.as_ref(), IssuerSubject::parse)?;
        let profile = UserProfile {
            username: stored(Code::parse("", &self.username))?,
            display_name: stored_option(self.display_name.as_ref(), Name::parse)?,
            user: User {
                role: spelled(Role::from_spelling, &self.role)?,
                agency: self.agency_id.map(AgencyId),
                disabled: self.disabled,
                password_version: self.password_version,
                password_given: self.password_given,
            },
            sign_on: self.issuer.zip(subject).map(|(issuer, subject)| SignOn { issuer, subject }),
        };
        Ok((AccountId(self.id), profile))
    }
}
