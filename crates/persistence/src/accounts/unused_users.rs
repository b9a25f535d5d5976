//! Users who have not been here for long: their accounts are disabled (ASVS 5, 6.1.1 and 7.1.1 leave the time to the
//! installation). That is logged.

use crate::accounts::users;
use crate::accounts::uses;
use crate::error::{Error, Result};
use crate::write::transaction::Transaction;
use thidua_domain::time::Moment;

/// Disables the users who have not been here since a moment, but for the last administrator, and returns their number.
/// For a user without a noted use the time begins now.
pub fn shut_out(transaction: &mut Transaction<'_>, since: Moment) -> Result<usize> {
    let used = uses::all(transaction)?;
    let mut shut_out = 0;
    for (id, mut profile) in users::active(transaction.connection())? {
        match used.get(&id.0) {
            None => uses::note(transaction, id)?,
            Some(at) if *at < since.timestamp_micros() => {
                profile.user.disabled = true;
                match transaction.savepoint(|transaction| users::update(transaction, id, &profile, None)) {
                    Ok(()) => shut_out += 1,
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Some(_) => {}
        }
    }
    Ok(shut_out)
}
