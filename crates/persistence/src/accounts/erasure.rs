//! Erasure of the names of users and clients: in their rows, and in the log, by destroying the key that sealed them.

use crate::accounts::{clients, second_factors, users};
use crate::engine::decode::stored;
use crate::error::{Error, Result};
use crate::log::{former_codes, personal_data};
use crate::write::idempotency_keys;
use crate::write::transaction::Transaction;
use thidua_domain::accounts::users::User;
use thidua_domain::id::AccountId;
use thidua_domain::log::changes::Resource;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::personal_data::erased_name;
use thidua_domain::text::{Code, Name};
use thidua_domain::violation::Violation;

/// Erases the names a user has had, and the issuer's subject. Changes by the user stay, under the identity of the
/// account. `unusable_hash` takes the place of the password's. Refuses a user who may still come in.
pub fn user(
    transaction: &mut Transaction<'_>,
    id: AccountId,
    before: &users::UserProfile,
    unusable_hash: &str,
) -> Result<users::UserProfile> {
    transaction.require_reason()?;
    if !before.user.disabled {
        return Err(not_disabled());
    }
    let username = name_of(id)?;
    if before.username == username {
        return Ok(before.clone());
    }
    let user = User { password_given: false, ..before.user.clone() };
    let after = users::UserProfile { username, display_name: None, sign_on: None, user };
    users::update(transaction, id, &after, Some(unusable_hash))?;
    second_factors::remove(transaction, id)?;
    forget(transaction, (Resource::Users, id), &before.username)?;
    Ok(after)
}

/// Erases the names a client has had. Refuses a client that may still come in.
pub fn client(
    transaction: &mut Transaction<'_>,
    id: AccountId,
    before: &clients::ClientProfile,
) -> Result<clients::ClientProfile> {
    transaction.require_reason()?;
    if !before.disabled {
        return Err(not_disabled());
    }
    let client_id = name_of(id)?;
    if before.client_id == client_id {
        return Ok(before.clone());
    }
    let name = stored(Name::parse("", client_id.as_str()))?;
    let after = clients::ClientProfile { client_id, name, ..before.clone() };
    clients::update(transaction, id, &after)?;
    forget(transaction, (Resource::Clients, id), &before.client_id)?;
    Ok(after)
}

/// Destroys the key of an account, drops kept answers that name it, and notes an event with the author and the reason.
fn forget(transaction: &mut Transaction<'_>, (resource, id): (Resource, AccountId), name: &Code) -> Result<()> {
    idempotency_keys::forget(transaction, id.0)?;
    idempotency_keys::forget_mentions(transaction, name.as_str())?;
    personal_data::erase(transaction.raw(), id.0)?;
    transaction.flush()?;
    former_codes::read_again(transaction.connection(), resource, id.0)?;
    transaction.note(EventKind::Erasure, &[id.0])
}

fn name_of(id: AccountId) -> Result<Code> {
    stored(Code::parse("", &erased_name(id)))
}

fn not_disabled() -> Error {
    Error::Conflict(Violation::new("", "account_not_disabled"))
}
