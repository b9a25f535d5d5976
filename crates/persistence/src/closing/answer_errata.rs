//! Errata of answers: written by the writer itself, when a change of the catalogue has moved answers about reopened
//! time.

use crate::engine::entity::Entity;
use crate::error::Result;
use crate::write::transaction::Transaction;
use thidua_domain::closing::errata::{AnswerKey, Cause, Erratum, Moved, MovedAnswer};
use thidua_domain::closing::told_changes::MovedAnswers;
use thidua_domain::log::changes::Resource;

/// Publishes an erratum for every answer that this write has moved. A move that the write took back itself is not told.
pub(crate) fn publish(transaction: &mut Transaction<'_>, moved: MovedAnswers) -> Result<()> {
    let (corrected_at, catalogue) = (transaction.now(), transaction.catalogue());
    let mut new = Vec::new();
    let mut published = false;
    for (key, (reopening, moved)) in moved {
        let cause = Cause::Reopening(reopening);
        let known = catalogue.errata_of_answer(key).find(|(_, erratum)| erratum.cause == cause);
        match known.and_then(|(id, before)| Some((id, before, before.answer()?.1))) {
            _ if moved.old == moved.new => continue,
            Some((id, before, told)) => {
                let moved = Moved::Answer(Box::new(MovedAnswer { new: moved.new, ..told.clone() }));
                let after = Erratum { moved, corrected_at, ..before.clone() };
                transaction.updated(Resource::Errata, id.0, before, &after)?;
                Erratum::update_row(transaction.connection(), id.0, &after)?;
            }
            None => {
                let AnswerKey { indicator, agency, calendar, .. } = key;
                let moved = Moved::Answer(Box::new(moved));
                let erratum = Erratum { cause, indicator, agency, calendar, moved, corrected_at };
                new.push((transaction.created(Resource::Errata, &erratum)?, erratum));
            }
        }
        published = true;
    }
    let rows: Vec<_> = new.iter().map(|(id, erratum)| (*id, erratum)).collect();
    Erratum::insert_rows(transaction.connection(), &rows)?;
    if published { transaction.update_catalogue() } else { Ok(()) }
}
