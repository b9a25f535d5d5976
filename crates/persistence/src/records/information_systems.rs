//! Information systems and the agencies that run them.

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{from_json_or_empty, json_if, spelled, stored};
use crate::engine::functions::folded;
use crate::engine::in_list::one_of;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::{Page, Slice, listed};
use crate::engine::schema::{information_systems, tenures as stay};
use crate::error::{Error, Result};
use crate::log::expected_rows::{Expected, rows_in};
use crate::log::past;
use crate::model::stays;
use crate::model::stays::Subject;
use crate::records::monitoring_rows;
use crate::records::staff::moved;
use crate::records::tenures;
use crate::write::free_codes::Coding;
use crate::write::judged::JudgedRow;
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use crate::write::what_if::WhatIf;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::Dated;
use thidua_domain::figures::rehearsal::WatchedSystem;
use thidua_domain::id::{AgencyId, InformationSystemId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::information_systems::{InformationSystem, LevelBasis, contribution};
use thidua_domain::spelling;
use thidua_domain::spelling::meant;
use thidua_domain::tenures::Tenures;
use thidua_domain::text::{Code, Name};

/// Filter of a list of information systems.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those whose current or last agency is one of these.
    pub within: Option<Vec<AgencyId>>,
    /// Only this security level.
    pub level: Option<u8>,
}

listed! {
    /// A page of rows.
    fn rows(information_systems, Filter, by |filter| filter.within.as_ref()) -> Row = Ok;
    /// Sort orders of information systems; the first is the default.
    Sort {
        /// By code.
        Code = "code" => code: String,
        /// In the order of creation.
        Id = "id" => id: i64,
    }
}

/// Lists information systems.
pub fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Sort,
    slice: &Slice,
) -> Result<Page<(InformationSystemId, InformationSystem)>> {
    let page = rows(connection, filter, sort, slice)?;
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let mut stays = stays::of(connection, Subject::InformationSystem, &ids)?;
    page.try_map(|row| row.parse(&mut stays))
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> information_systems::BoxedQuery<'_, AnyBackend> {
    information_systems::table
        .into_boxed::<AnyBackend>()
        .within(information_systems::agency_id, filter.within.as_ref(), access)
        .narrowed(filter.level.map(|level| information_systems::level.eq(i32::from(level))))
}

/// Finds an information system by code.
pub fn find(connection: &mut Connection, code: &str) -> Result<Option<(InformationSystemId, InformationSystem)>> {
    let Some(seq) = connection.as_of() else { return find_now(connection, code) };
    let now = alike(connection, code)?.into_iter().map(|(id, _)| id).collect();
    let resource = Resource::InformationSystems;
    let found = past::with_code(connection, resource, seq, now, |system: &InformationSystem| &system.code, code)?;
    Ok(found.map(|(id, system)| (InformationSystemId(id), system)))
}

fn find_now(connection: &mut Connection, code: &str) -> Result<Option<(InformationSystemId, InformationSystem)>> {
    let rows =
        information_systems::table
            .inner_join(stay::table.on(
                stay::subject_id.eq(information_systems::id).and(stay::subject.eq(Subject::InformationSystem.name())),
            ))
            .filter(folded(information_systems::code).eq(spelling::folded(code)))
            .order((information_systems::id, stay::from_on))
            .load(&mut connection.0)?;
    whole(stays::meant_rows(code, rows, |(row, _): &(Row, stays::Row)| (row.id, &row.code)))
}

/// The information systems that have a code in any spelling, by identity.
fn alike(connection: &mut Connection, code: &str) -> Result<Vec<(i64, String)>> {
    Ok(information_systems::table
        .filter(folded(information_systems::code).eq(spelling::folded(code)))
        .order(information_systems::id)
        .select((information_systems::id, information_systems::code))
        .load(&mut connection.0)?)
}

/// One system, from rows that each hold a stay. It is read with one statement, so that a system outside the caller's
/// scope takes no longer than one that is not there.
fn whole(rows: Vec<(Row, stays::Row)>) -> Result<Option<(InformationSystemId, InformationSystem)>> {
    let mut system = None;
    let stays = rows.into_iter().map(|(row, stay)| {
        system.get_or_insert(row);
        stay
    });
    let stays = stays.collect();
    let Some(row) = system else { return Ok(None) };
    row.parse(&mut stays::collect(stays)?).map(Some)
}

/// The information system with an identity.
pub fn get(connection: &mut Connection, id: InformationSystemId) -> Result<InformationSystem> {
    if let Some(seq) = connection.as_of() {
        return past::required(connection, Resource::InformationSystems, id.0, seq);
    }
    let rows =
        information_systems::table
            .inner_join(stay::table.on(
                stay::subject_id.eq(information_systems::id).and(stay::subject.eq(Subject::InformationSystem.name())),
            ))
            .filter(information_systems::id.eq(id.0))
            .order(stay::from_on)
            .load(&mut connection.0)?;
    Ok(whole(rows)?.ok_or(Error::NotFound(Resource::InformationSystems))?.1)
}

/// Several information systems.
pub(crate) fn of_ids(
    connection: &mut Connection,
    ids: &[InformationSystemId],
) -> Result<HashMap<InformationSystemId, InformationSystem>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = information_systems::table
        .filter(one_of(information_systems::id, ids.iter().copied()))
        .load(&mut connection.0)?;
    let mut stays = stays::of(connection, Subject::InformationSystem, &ids)?;
    rows.into_iter().map(|row| row.parse(&mut stays)).collect()
}

/// The information systems with several codes, each with the agency that runs or last ran it, by the codes as they are
/// given; unknown codes are left out.
pub fn by_codes(
    connection: &mut Connection,
    codes: &[&str],
) -> Result<HashMap<String, (InformationSystemId, AgencyId)>> {
    let rows: Vec<Row> = information_systems::table
        .filter(one_of(folded(information_systems::code), codes.iter().map(|code| spelling::folded(code))))
        .order(information_systems::id)
        .load(&mut connection.0)?;
    let named = codes.iter().filter_map(|code| {
        let row = meant(code, &rows, |row| &row.code)?;
        Some(((*code).to_owned(), (InformationSystemId(row.id), AgencyId(row.agency_id))))
    });
    Ok(named.collect())
}

/// The codes of several information systems.
pub fn codes(connection: &mut Connection, ids: &[InformationSystemId]) -> Result<HashMap<InformationSystemId, Code>> {
    if connection.as_of().is_some() {
        return ids.iter().map(|id| Ok((*id, get(connection, *id)?.code))).collect();
    }
    let rows: Vec<(i64, String)> = information_systems::table
        .filter(one_of(information_systems::id, ids.iter().map(|id| id.0)))
        .select((information_systems::id, information_systems::code))
        .load(&mut connection.0)?;
    rows.into_iter().map(|(id, code)| Ok((InformationSystemId(id), stored(Code::parse("", &code))?))).collect()
}

/// The systems in operation on a day, each with its last status until then.
pub(crate) fn watched_on(connection: &mut Connection, day: Date) -> Result<Vec<WatchedSystem>> {
    let held = stays::all_held_on(connection, Subject::InformationSystem, day)?;
    let mut last = monitoring_rows::last_until(connection, day)?;
    let rows: Vec<(i64, String)> = information_systems::table
        .select((information_systems::id, information_systems::code))
        .order(information_systems::code)
        .load(&mut connection.0)?;
    let running = rows.into_iter().filter_map(|(id, code)| Some((id, code, *held.get(&id)?)));
    running
        .map(|(id, code, agency)| {
            let status = last.remove(&InformationSystemId(id));
            let (status_on, last_event) = status.map_or((None, None), |(on, event)| (Some(on), event));
            Ok(WatchedSystem { code: stored(Code::parse("", &code))?, agency, status_on, last_event })
        })
        .collect()
}

/// Creates an information system.
pub fn insert(transaction: &mut Transaction<'_>, system: &InformationSystem) -> Result<InformationSystemId> {
    let rules = transaction.rules();
    let judged = judge(transaction.connection(), &rules, None, system)?;
    let system = &judged.row;
    let id = InformationSystemId(transaction.created(Resource::InformationSystems, system)?);
    diesel::insert_into(information_systems::table).values(Row::new(id, system)).execute(transaction.raw())?;
    tenures::replace(transaction, Subject::InformationSystem, id.0, &system.tenures)?;
    judged.count(transaction);
    Ok(id)
}

/// Judges a new information system, or the change of one, as [`insert`] or [`update`] does, and writes nothing.
pub fn assume(what_if: &mut WhatIf<'_>, id: Option<InformationSystemId>, system: &InformationSystem) -> Result<()> {
    let rules = what_if.rules().clone();
    let connection = what_if.connection();
    let Some(id) = id else { return judge(connection, &rules, None, system).map(drop) };
    let before = get(connection, id)?;
    judge(connection, &rules, Some((id, &before)), system).map(drop)
}

fn judge(
    connection: &mut Connection,
    rules: &Rules,
    before: Option<(InformationSystemId, &InformationSystem)>,
    after: &InformationSystem,
) -> Result<JudgedRow<InformationSystem>> {
    after.check()?;
    let (id, before) = before.unzip();
    let coding = Coding::new(before.map(|before| &before.code), &after.code);
    if coding.is_new() {
        let others = alike(connection, &after.code)?.into_iter().filter(|(other, _)| Some(*other) != id.map(|id| id.0));
        // Others may be outside the caller's scope: the code is named as it was sent.
        coding.require_free(others.map(|_| after.code.as_str()))?;
    }
    let statuses = id.map(|id| monitoring_rows::of_system(connection, id)).transpose()?.unwrap_or_default();
    let told = match before {
        Some(before) if before.tenures == after.tenures => before.told.clone(),
        before => rules.told(Dated::InformationSystem, before.map(InformationSystem::roll), &after.tenures)?,
    };
    let after = InformationSystem { told, ..after.clone() };
    tenures::check(rules.catalogue(), &after.tenures)?;
    let contributed =
        |system: &InformationSystem| contribution(rules.catalogue(), system, &statuses, rules.logged_on());
    let difference = contributed(&after).less(&before.map(contributed).unwrap_or_default());
    JudgedRow::new(rules, after, difference)
}

/// Changes an information system, its agencies included.
pub fn update(transaction: &mut Transaction<'_>, id: InformationSystemId, after: &InformationSystem) -> Result<()> {
    let (rules, before) = (transaction.rules(), get(transaction.connection(), id)?);
    let judged = judge(transaction.connection(), &rules, Some((id, &before)), after)?;
    let after = &judged.row;
    transaction.updated(Resource::InformationSystems, id.0, &before, after)?;
    diesel::update(information_systems::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    tenures::replace(transaction, Subject::InformationSystem, id.0, &after.tenures)?;
    judged.count(transaction);
    Ok(())
}

/// Deletes an information system without monitoring statuses and incidents.
pub fn delete(transaction: &mut Transaction<'_>, id: InformationSystemId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    transaction.deleted(Resource::InformationSystems, id.0, &before)?;
    tenures::remove(transaction, Subject::InformationSystem, id.0)?;
    diesel::delete(information_systems::table.find(id.0)).execute(transaction.raw())?;
    let (catalogue, today) = (transaction.catalogue(), transaction.logged_on());
    transaction.replace(&contribution(&catalogue, &before, &[], today), &Cells::default())
}

/// Moves every system an agency runs to another agency.
pub(crate) fn move_all(transaction: &mut Transaction<'_>, from: AgencyId, to: AgencyId, on: Date) -> Result<()> {
    for id in stays::held_on(transaction.connection(), Subject::InformationSystem, from, on)? {
        let mut system = get(transaction.connection(), InformationSystemId(id))?;
        system.tenures = moved(&system.tenures, from, to, on)?;
        update(transaction, InformationSystemId(id), &system)?;
    }
    Ok(())
}

/// The contributions of all information systems, computed from scratch, with the steps on days after `today`.
pub(crate) fn contributions(
    connection: &mut Connection,
    (catalogue, today): (&Catalogue, Date),
    sum: &mut Cells,
) -> Result<()> {
    let mut last = 0;
    loop {
        let rows: Vec<Row> = information_systems::table
            .filter(information_systems::id.gt(last))
            .order(information_systems::id)
            .limit(2000)
            .load(&mut connection.0)?;
        let (Some(first), Some(end)) = (rows.first().map(|row| row.id), rows.last().map(|row| row.id)) else {
            return Ok(());
        };
        let mut stays = stays::of_range(connection, Subject::InformationSystem, first, end)?;
        let mut statuses = monitoring_rows::of_system_range(connection, first, end)?;
        for row in rows {
            let (id, system) = row.parse(&mut stays)?;
            sum.add_all(&contribution(catalogue, &system, &statuses.remove(&id).unwrap_or_default(), today));
        }
        last = end;
    }
}

/// The first row that differs from the log, its stays included, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<Row> = rows_in!(information_systems, expected).load(&mut connection.0)?;
    let rows = rows.into_iter().map(|row| (row.id, row)).collect();
    tenures::first_mismatch(connection, expected, Subject::InformationSystem, rows, |id, system: &InformationSystem| {
        (Row::new(id.into(), system), system.tenures.all().to_vec())
    })
}

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = information_systems, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    name: String,
    level: Option<i32>,
    level_basis: Option<String>,
    agency_id: i64,
    told: Option<String>,
}

impl Row {
    fn new(id: InformationSystemId, system: &InformationSystem) -> Self {
        Self {
            id: id.0,
            code: system.code.to_string(),
            name: system.name.to_string(),
            level: system.level.map(i32::from),
            level_basis: system.level_basis.map(|basis| basis.as_str().to_owned()),
            agency_id: system.tenures.last().agency.0,
            told: json_if(!system.told.is_empty(), &system.told),
        }
    }

    fn parse(self, stays: &mut HashMap<i64, Tenures>) -> Result<(InformationSystemId, InformationSystem)> {
        let basis = self.level_basis.as_deref().map(|text| spelled(LevelBasis::from_spelling, text));
        let system = InformationSystem {
            code: stored(Code::parse("", &self.code))?,
            name: stored(Name::parse("", &self.name))?,
            level: self.level.map(u8::try_from).transpose().map_err(Error::internal)?,
            level_basis: basis.transpose()?,
            tenures: stays::take(stays, self.id)?,
            told: from_json_or_empty(self.told.as_ref())?,
        };
        Ok((InformationSystemId(self.id), system))
    }
}
