//! Agencies: rows, links to predecessors, closing and merging.

use crate::catalogue::agency_checks::{ChangeDay, check_facts, concerned, require_nothing_outside};
use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::date::Day;
use crate::engine::decode::json_if;
use crate::engine::entity::{Entity, Identity};
use crate::engine::schema::{agencies, agency_successions};
use crate::error::{Error, Result};
use crate::log::expected_rows::{Expected, rows_in};
use crate::model::cells;
use crate::records::{information_systems, staff};
use crate::write::records::{add_row, change_row, known, remove_row};
use crate::write::rules::require_on;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::agencies::Agency;
use thidua_domain::cells::Cells;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Resource;
use thidua_domain::time::Month;
use thidua_domain::violation::Violation;

/// Creates an agency.
pub fn insert(transaction: &mut Transaction<'_>, agency: &Agency) -> Result<AgencyId> {
    agency.check()?;
    check_facts(&transaction.catalogue(), None, agency)?;
    let (id, since) = (AgencyId(transaction.head() + 1), Month::civil(agency.valid_from));
    let concerned = concerned(&transaction.catalogue(), id, since, Some(agency));
    let refusal = concerned.refusal(transaction.today(), ChangeDay::Founded);
    transaction.keep_closed_or(&concerned.answers, no_cells, refusal, |transaction| add_row(transaction, agency))
}

/// Changes an agency.
pub fn update(transaction: &mut Transaction<'_>, id: AgencyId, after: &Agency) -> Result<()> {
    change(transaction, id, after, None)
}

/// Changes an agency; `dated` names the day that a caller has given for it, if it is not one of the agency's own.
fn change(transaction: &mut Transaction<'_>, id: AgencyId, after: &Agency, dated: Option<ChangeDay>) -> Result<()> {
    after.check()?;
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.agencies, id)?;
    check_facts(&catalogue, Some(id), after)?;
    if (before.valid_from, before.valid_to) != (after.valid_from, after.valid_to) {
        require_nothing_outside(transaction, &catalogue, id, after)?;
    }
    let Some(since) = before.first_difference(after) else { return change_row(transaction, id, before, after) };
    let concerned = concerned(&catalogue, id, since, Some(after));
    let refusal = concerned.refusal(transaction.today(), dated.unwrap_or_else(|| ChangeDay::of(before, after)));
    let cells = |connection: &mut AnyConnection| cells::of_agencies(connection, &concerned.below);
    transaction
        .keep_closed_or(&concerned.answers, cells, refusal, |transaction| change_row(transaction, id, before, after))
}

/// Deletes an agency that nothing refers to.
pub fn delete(transaction: &mut Transaction<'_>, id: AgencyId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.agencies, id)?;
    let earlier_parents = catalogue.agencies.values().flat_map(|agency| agency.earlier_places.all());
    if earlier_parents.into_iter().any(|place| place.parent == Some(id)) {
        return Err(Error::in_use());
    }
    let since = Month::civil(before.valid_from);
    transaction.keep_closed(&concerned(&catalogue, id, since, None).answers, no_cells, |transaction| {
        remove_row(transaction, id, before)
    })
}

/// Merges agencies into an existing one: each closes the day before `on`, and the people and systems it then holds move
/// over on `on`. Its figures stay its own.
pub fn merge(transaction: &mut Transaction<'_>, successor: AgencyId, merged: &[AgencyId], on: Date) -> Result<()> {
    let catalogue = transaction.catalogue();
    require_on(&catalogue, "/on", successor, on)?;
    for (index, id) in merged.iter().enumerate() {
        let pointer = format!("/predecessors/{index}");
        require_on(&catalogue, &pointer, *id, on)?;
        let open_child = catalogue
            .tree_on(on)
            .children(*id)
            .iter()
            .find(|child| catalogue.agencies.get(child).is_some_and(|c| c.exists_on(on)));
        if *id == successor || open_child.is_some() {
            return Err(Error::Conflict(Violation::new(&pointer, "cannot_merge")));
        }
        staff::move_all(transaction, *id, successor, on)?;
        information_systems::move_all(transaction, *id, successor, on)?;
        let mut closed = known(&catalogue.agencies, *id)?.clone();
        closed.valid_to = on.previous();
        change(transaction, *id, &closed, Some(ChangeDay::Merged))?;
    }
    let mut after = known(&catalogue.agencies, successor)?.clone();
    after.predecessors.extend(merged);
    after.predecessors.sort_unstable();
    after.predecessors.dedup();
    update(transaction, successor, &after)
}

/// No cells: the expected agencies and the rows of an answer follow from the catalogue alone.
fn no_cells(_: &mut AnyConnection) -> Result<Cells> {
    Ok(Cells::default())
}

impl Identity for AgencyId {
    type Of = Agency;
}

/// A row has its links to predecessors beside it.
impl Entity for Agency {
    const RESOURCE: Resource = Resource::Agencies;
    type Id = AgencyId;

    fn insert_rows(connection: &mut Connection, rows: &[(i64, &Self)]) -> Result<()> {
        for (id, agency) in rows {
            diesel::insert_into(agencies::table).values(Row::new(AgencyId(*id), agency)).execute(&mut connection.0)?;
            link(connection, *id, agency)?;
        }
        Ok(())
    }

    fn update_row(connection: &mut Connection, id: i64, after: &Self) -> Result<()> {
        diesel::update(agencies::table.find(id)).set(Row::new(AgencyId(id), after)).execute(&mut connection.0)?;
        unlink(connection, id)?;
        link(connection, id, after)
    }

    fn delete_row(connection: &mut Connection, id: i64) -> Result<()> {
        unlink(connection, id)?;
        diesel::delete(agencies::table.find(id)).execute(&mut connection.0)?;
        Ok(())
    }
}

fn link(connection: &mut Connection, id: i64, agency: &Agency) -> Result<()> {
    for predecessor in &agency.predecessors {
        diesel::insert_into(agency_successions::table)
            .values((agency_successions::predecessor_id.eq(predecessor.0), agency_successions::successor_id.eq(id)))
            .execute(&mut connection.0)?;
    }
    Ok(())
}

fn unlink(connection: &mut Connection, id: i64) -> Result<()> {
    let links = agency_successions::table.filter(agency_successions::successor_id.eq(id));
    diesel::delete(links).execute(&mut connection.0)?;
    Ok(())
}

fn predecessors(connection: &mut Connection) -> Result<HashMap<i64, Vec<AgencyId>>> {
    let links: Vec<(i64, i64)> = agency_successions::table
        .select((agency_successions::successor_id, agency_successions::predecessor_id))
        .order(agency_successions::predecessor_id)
        .load(&mut connection.0)?;
    let mut found: HashMap<i64, Vec<AgencyId>> = HashMap::new();
    for (successor, predecessor) in links {
        found.entry(successor).or_default().push(AgencyId(predecessor));
    }
    Ok(found)
}

/// The first row that differs from the log, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let mut predecessors = predecessors(connection)?;
    let rows: Vec<Row> = rows_in!(agencies, expected).load(&mut connection.0)?;
    let rows = rows.into_iter().map(|row| (row.id, (predecessors.remove(&row.id).unwrap_or_default(), row)));
    expected.against(rows.collect(), |id, agency: &Agency| {
        let mut predecessors = agency.predecessors.clone();
        predecessors.sort();
        Ok((predecessors, Row::new(id.into(), agency)))
    })
}

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = agencies, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    identifier: String,
    former_identifier: Option<String>,
    area_code: Option<String>,
    name_vi: String,
    name_en: Option<String>,
    kind: String,
    parent_id: Option<i64>,
    valid_from: Day,
    valid_to: Option<Day>,
    earlier_places: Option<String>,
}

impl Row {
    fn new(id: AgencyId, agency: &Agency) -> Self {
        Self {
            id: id.0,
            identifier: agency.identifier.to_string(),
            former_identifier: agency.former_identifier.as_ref().map(ToString::to_string),
            area_code: agency.area_code.as_ref().map(ToString::to_string),
            name_vi: agency.name_vi.to_string(),
            name_en: agency.name_en.as_ref().map(ToString::to_string),
            kind: agency.kind.as_str().to_owned(),
            parent_id: agency.parent.map(|parent| parent.0),
            valid_from: Day(agency.valid_from),
            valid_to: agency.valid_to.map(Day),
            earlier_places: json_if(!agency.earlier_places.is_empty(), &agency.earlier_places),
        }
    }
}
