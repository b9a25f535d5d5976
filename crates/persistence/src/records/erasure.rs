//! Erasure of people: of the name and the identifiers, in the rows and in the log.

use crate::engine::decode::stored;
use crate::error::Result;
use crate::log::{former_codes, personal_data};
use crate::records::staff_names::remove_name;
use crate::records::{staff, training_rows};
use crate::write::idempotency_keys;
use crate::write::transaction::Transaction;
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::personal_data::erased_code;
use thidua_domain::records::staff::Staff;
use thidua_domain::text::Code;

/// The result of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// The member of staff.
    pub id: StaffId,
    /// Number of training records that have lost the number of a certificate.
    pub certificates: usize,
    /// Number of changes with an identifier in plain text: they were logged before identifiers were sealed.
    pub in_the_open: usize,
}

/// Erases a person's name and identifiers, in the rows and in the log, by destroying the key that opens them. Roll and
/// training stay, so no figure moves, and closed periods do not matter. The person may have been deleted before.
pub fn erase(transaction: &mut Transaction<'_>, id: StaffId) -> Result<Erased> {
    transaction.require_reason()?;
    let certificates = training_rows::erase_certificates(transaction, id)?;
    let unlogged = if remove_name(transaction, id)? { staff::NAME } else { &[] };
    if let Some(before) = staff::of_ids(transaction.connection(), &[id])?.remove(&id) {
        let after = Staff { code: stored(Code::parse("", &erased_code(id)))?, ..before.clone() };
        staff::log_change(transaction, id, (&before, &after), unlogged)?;
        staff::replace_row(transaction, id, &after)?;
        idempotency_keys::forget_mentions(transaction, before.code.as_str())?;
    }
    personal_data::erase(transaction.raw(), id.0)?;
    transaction.flush()?;
    former_codes::read_again(transaction.connection(), Resource::Staff, id.0)?;
    transaction.note(EventKind::Erasure, &[id.0])?;
    let in_the_open = personal_data::in_the_open(transaction.connection(), id)?;
    Ok(Erased { id, certificates, in_the_open })
}
