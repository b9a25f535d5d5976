//! The catalogue, read from its tables.

use crate::catalogue::{agencies, calendars, indicators, movements, periods, phases, targets};
use crate::closing::{corrections, errata, locks, reopenings};
use crate::engine::connection::Connection;
use crate::error::Result;
use crate::exchange::export_profiles;
use thidua_domain::catalogue::Catalogue;

/// Reads the whole catalogue.
pub(crate) fn read(connection: &mut Connection) -> Result<Catalogue> {
    let mut catalogue = Catalogue::default();
    catalogue.agencies = agencies::all(connection)?;
    catalogue.movements = movements::all(connection)?;
    catalogue.phases = phases::all(connection)?;
    catalogue.indicators = indicators::all(connection)?;
    catalogue.targets = targets::all(connection)?;
    catalogue.calendars = calendars::all(connection)?;
    catalogue.periods = periods::all(connection)?;
    catalogue.export_profiles = export_profiles::all(connection)?;
    catalogue.locks = locks::all(connection)?;
    catalogue.corrections = corrections::all(connection)?;
    catalogue.reopenings = reopenings::all(connection)?;
    catalogue.errata = errata::all(connection)?;
    Ok(catalogue.indexed())
}
