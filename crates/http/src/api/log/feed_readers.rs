//! Callers as readers of the log.

use crate::auth::caller::{Caller, Manage, Permission, ReadRecords};
use crate::store::Store;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::IndicatorId;
use thidua_domain::time::Month;
use thidua_persistence::log::feed::Reader;

/// The caller as a reader of the log, with the rights that decide what it may see.
pub fn reader(store: &Store, caller: &Caller) -> Reader {
    reader_of(&store.catalogue(), caller)
}

/// As [`reader`], by a catalogue.
pub(crate) fn reader_of(catalogue: &Catalogue, caller: &Caller) -> Reader {
    // The feed shows a cell beside the past and the future of its indicator, so the rule is asked about all months.
    let hides = |id: &IndicatorId| caller.small_cells.hides_parts(catalogue, *id, Month::EARLIEST..=Month::LATEST);
    Reader {
        within: caller.scope.map(|scope| catalogue.subtree(scope).into_iter().collect()),
        records: ReadRecords::allows(caller),
        users: Manage::allows(caller),
        hidden: catalogue.indicators.keys().copied().filter(hides).collect(),
    }
}
