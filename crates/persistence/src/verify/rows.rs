//! Comparison of rows with the change log: every row equals its last change, none is missing, and none is there that
//! the log does not have.

use crate::accounts::{client_keys, clients, revoked_tokens, users};
use crate::catalogue::{agencies, calendars, holidays, indicators, movements, periods, phases, targets};
use crate::closing::{corrections, errata, locks, reopenings};
use crate::engine::connection::Connection;
use crate::error::{Error, Result};
use crate::exchange::export_profiles;
use crate::log::changes;
use crate::log::expected_rows::Expected;
use crate::progress::Progress;
use crate::records::{
    courses, document_exchanges, incidents, information_systems, monitoring_statuses, observations, staff,
    training_records,
};
use thidua_domain::log::changes::{Change, Resource};

/// Changes read in one go.
const PAGE: usize = 2500;

/// The first row that differs from the log, in words.
pub(crate) fn first_fault(connection: &mut Connection, progress: &dyn Progress) -> Result<Option<String>> {
    for resource in Resource::ALL {
        if let Some(fault) = first_fault_of(connection, *resource, progress)? {
            return Ok(Some(fault));
        }
    }
    Ok(None)
}

fn first_fault_of(connection: &mut Connection, resource: Resource, progress: &dyn Progress) -> Result<Option<String>> {
    let limit = i64::try_from(PAGE).map_err(Error::internal)?;
    let mut read_to = (i64::MIN, 0);
    let mut after = i64::MIN;
    let mut last: Vec<Change> = Vec::new();
    loop {
        let page = changes::by_row(connection, resource, read_to, limit)?;
        progress.advance(u64::try_from(page.len()).unwrap_or(0));
        let ended = page.len() < PAGE;
        for change in page {
            read_to = (change.resource_id, change.seq);
            last.pop_if(|before| before.resource_id == change.resource_id);
            last.push(change);
        }
        // The last row may have more changes on the next page.
        let unfinished = if ended { None } else { last.pop() };
        let upto = unfinished.as_ref().map_or(i64::MAX, |change| change.resource_id - 1);
        let expected = Expected::read(connection, resource, after..upto, &last)?;
        if let Some(fault) = compare(connection, &expected)? {
            return Ok(Some(fault));
        }
        if ended {
            return Ok(None);
        }
        after = upto;
        last = unfinished.into_iter().collect();
    }
}

fn compare(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    match expected.resource {
        Resource::Agencies => agencies::first_mismatch(connection, expected),
        Resource::Calendars => calendars::first_mismatch(connection, expected),
        Resource::ClientKeys => client_keys::first_mismatch(connection, expected),
        Resource::Clients => clients::first_mismatch(connection, expected),
        Resource::Corrections => corrections::first_mismatch(connection, expected),
        Resource::Courses => courses::first_mismatch(connection, expected),
        Resource::DocumentExchanges => document_exchanges::first_mismatch(connection, expected),
        Resource::ExportProfiles => export_profiles::first_mismatch(connection, expected),
        Resource::Errata => errata::first_mismatch(connection, expected),
        Resource::Holidays => holidays::first_mismatch(connection, expected),
        Resource::Incidents => incidents::first_mismatch(connection, expected),
        Resource::Indicators => indicators::first_mismatch(connection, expected),
        Resource::InformationSystems => information_systems::first_mismatch(connection, expected),
        Resource::Locks => locks::first_mismatch(connection, expected),
        Resource::MonitoringStatuses => monitoring_statuses::first_mismatch(connection, expected),
        Resource::Movements => movements::first_mismatch(connection, expected),
        Resource::Observations => observations::first_mismatch(connection, expected),
        Resource::Periods => periods::first_mismatch(connection, expected),
        Resource::Phases => phases::first_mismatch(connection, expected),
        Resource::Reopenings => reopenings::first_mismatch(connection, expected),
        Resource::RevokedTokens => revoked_tokens::first_mismatch(connection, expected),
        Resource::Staff => staff::first_mismatch(connection, expected),
        Resource::Targets => targets::first_mismatch(connection, expected),
        Resource::TrainingRecords => training_records::first_mismatch(connection, expected),
        Resource::Users => users::first_mismatch(connection, expected),
    }
}
