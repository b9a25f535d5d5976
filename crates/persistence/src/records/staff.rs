//! Members of staff and their dated roll. Their names stand apart (`staff_names.rs`).

use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::decode::{from_json_or_empty, json_if, spelled, stored};
use crate::engine::functions::folded;
use crate::engine::in_list::one_of;
use crate::engine::inline_limit::limited;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::{Page, Slice, listed};
use crate::engine::schema::{staff, tenures as stay};
use crate::error::{Error, Result};
use crate::log::expected_rows::{Expected, rows_in};
use crate::log::past;
use crate::model::stays;
use crate::model::stays::Subject;
use crate::records::staff_names::remove_name;
pub use crate::records::staff_names::{name, names, set_name};
use crate::records::{tenures, training_rows};
use crate::write::free_codes::Coding;
use crate::write::judged::JudgedRow;
use crate::write::rules::Rules;
use crate::write::transaction::Transaction;
use crate::write::what_if::WhatIf;
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::cells::Cells;
use thidua_domain::closing::late::Dated;
use thidua_domain::id::{AgencyId, StaffId};
use thidua_domain::log::changes::Resource;
use thidua_domain::log::events::EventKind;
use thidua_domain::log::personal_data::require_not_erased;
use thidua_domain::log::unlogged::Marked;
use thidua_domain::records::staff::{Staff, contribution};
use thidua_domain::spelling;
use thidua_domain::tenures::Tenures;
use thidua_domain::text::{Code, Name};

/// Filter of a list of members of staff.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those whose current or last agency is one of these.
    pub within: Option<Vec<AgencyId>>,
    /// Only this kind.
    pub kind: Option<StaffKind>,
}

listed! {
    /// A page of rows.
    fn rows(staff, Filter, by |filter| filter.within.as_ref()) -> Row = Ok;
    /// Sort orders of members of staff; the first is the default.
    Sort {
        /// By code.
        Code = "code" => code: String,
        /// In the order of creation.
        Id = "id" => id: i64,
    }
}

/// Lists members of staff.
pub fn list(connection: &mut Connection, filter: &Filter, sort: Sort, slice: &Slice) -> Result<Page<(StaffId, Staff)>> {
    let page = rows(connection, filter, sort, slice)?;
    let ids: Vec<i64> = page.items.iter().map(|row| row.id).collect();
    let mut stays = stays::of(connection, Subject::Staff, &ids)?;
    page.try_map(|row| row.parse(&mut stays))
}

/// The rows that a filter lets through.
fn selected(filter: &Filter, access: Access) -> staff::BoxedQuery<'_, AnyBackend> {
    staff::table
        .into_boxed::<AnyBackend>()
        .within(staff::agency_id, filter.within.as_ref(), access)
        .narrowed(filter.kind.map(|kind| staff::kind.eq(kind.as_str())))
}

/// The people whose current or last agency is one of several, in any order; none if they are more than `many`.
pub(crate) fn ids_if_at_most(
    connection: &mut Connection,
    agencies: &[AgencyId],
    many: usize,
) -> Result<Option<Vec<i64>>> {
    let people = staff::table.filter(one_of(staff::agency_id, agencies.iter().map(|id| id.0)));
    let ids: Vec<i64> = limited(people.select(staff::id), many.saturating_add(1)).load(&mut connection.0)?;
    Ok(if ids.len() > many { None } else { Some(ids) })
}

/// Finds a member of staff by code.
pub fn find(connection: &mut Connection, code: &str) -> Result<Option<(StaffId, Staff)>> {
    let Some(seq) = connection.as_of() else { return find_now(connection, code) };
    let now = alike(connection, code)?.into_iter().map(|(id, _)| id).collect();
    let found = past::with_code(connection, Resource::Staff, seq, now, |member: &Staff| &member.code, code)?;
    Ok(found.map(|(id, member)| (StaffId(id), member)))
}

fn find_now(connection: &mut Connection, code: &str) -> Result<Option<(StaffId, Staff)>> {
    let rows = staff::table
        .inner_join(stay::table.on(stay::subject_id.eq(staff::id).and(stay::subject.eq(Subject::Staff.name()))))
        .filter(folded(staff::code).eq(spelling::folded(code)))
        .order((staff::id, stay::from_on))
        .load(&mut connection.0)?;
    whole(stays::meant_rows(code, rows, |(row, _): &(Row, stays::Row)| (row.id, &row.code)))
}

/// The members of staff who have a code in any spelling, by identity.
fn alike(connection: &mut Connection, code: &str) -> Result<Vec<(i64, String)>> {
    let is_same = folded(staff::code).eq(spelling::folded(code));
    Ok(staff::table.filter(is_same).order(staff::id).select((staff::id, staff::code)).load(&mut connection.0)?)
}

/// One person, from rows that each hold a stay.
fn whole(rows: Vec<(Row, stays::Row)>) -> Result<Option<(StaffId, Staff)>> {
    let mut person = None;
    let stays = rows.into_iter().map(|(row, stay)| {
        person.get_or_insert(row);
        stay
    });
    let stays = stays.collect();
    let Some(row) = person else { return Ok(None) };
    row.parse(&mut stays::collect(stays)?).map(Some)
}

/// The member of staff with an identity.
pub fn get(connection: &mut Connection, id: StaffId) -> Result<Staff> {
    if let Some(seq) = connection.as_of() {
        return past::required(connection, Resource::Staff, id.0, seq);
    }
    let rows = staff::table
        .inner_join(stay::table.on(stay::subject_id.eq(staff::id).and(stay::subject.eq(Subject::Staff.name()))))
        .filter(staff::id.eq(id.0))
        .order(stay::from_on)
        .load(&mut connection.0)?;
    Ok(whole(rows)?.ok_or(Error::NotFound(Resource::Staff))?.1)
}

/// The member of staff whom a code means, as of the changes a write has made so far, with the code where that is spelled
/// otherwise.
pub fn look_up(transaction: &mut Transaction<'_>, code: &Code) -> Result<Option<(StaffId, AgencyId, Option<Code>)>> {
    if let Some(facts) = transaction.facts()
        && let Some(known) = facts.person(code)
    {
        let unlike = |id| facts.member(id).and_then(|member| member.code.unlike(code));
        return Ok(known.map(|(id, agency)| (id, agency, unlike(id))));
    }
    let found = find(transaction.connection(), code)?;
    Ok(found.map(|(id, member)| (id, member.tenures.last().agency, member.code.unlike(code))))
}

/// The members of staff with several codes, in any spelling; unknown codes are left out.
pub(crate) fn whole_by_codes(connection: &mut Connection, codes: &[&str]) -> Result<HashMap<StaffId, Staff>> {
    let among = one_of(folded(staff::code), codes.iter().map(|code| spelling::folded(code)));
    let rows: Vec<Row> = staff::table.filter(among).load(&mut connection.0)?;
    whole_rows(connection, rows)
}

/// Several members of staff.
pub(crate) fn of_ids(connection: &mut Connection, ids: &[StaffId]) -> Result<HashMap<StaffId, Staff>> {
    let among = one_of(staff::id, ids.iter().map(|id| id.0));
    let rows: Vec<Row> = staff::table.filter(among).load(&mut connection.0)?;
    whole_rows(connection, rows)
}

fn whole_rows(connection: &mut Connection, rows: Vec<Row>) -> Result<HashMap<StaffId, Staff>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let mut stays = stays::of(connection, Subject::Staff, &ids)?;
    rows.into_iter().map(|row| row.parse(&mut stays)).collect()
}

/// The codes of several members of staff.
pub fn codes(connection: &mut Connection, ids: &[StaffId]) -> Result<HashMap<StaffId, Code>> {
    if connection.as_of().is_some() {
        return ids.iter().map(|id| Ok((*id, get(connection, *id)?.code))).collect();
    }
    let ids = one_of(staff::id, ids.iter().map(|id| id.0));
    let rows: Vec<(i64, String)> = staff::table.filter(ids).select((staff::id, staff::code)).load(&mut connection.0)?;
    rows.into_iter().map(|(id, code)| Ok((StaffId(id), stored(Code::parse("", &code))?))).collect()
}

/// Creates a member of staff.
pub fn insert(transaction: &mut Transaction<'_>, member: &Staff) -> Result<StaffId> {
    let (rules, new) = (transaction.rules(), StaffId(transaction.head() + 1));
    let judged = judge(transaction.connection(), &rules, (new, None), member)?;
    let member = &judged.row;
    let id = StaffId(transaction.created(Resource::Staff, member)?);
    diesel::insert_into(staff::table).values(Row::new(id, member)).execute(transaction.raw())?;
    tenures::replace(transaction, Subject::Staff, id.0, &member.tenures)?;
    judged.count(transaction);
    Ok(id)
}

/// Judges a new member of staff, or the change of one, as [`insert`] or [`update`] does, and writes nothing.
pub fn assume(what_if: &mut WhatIf<'_>, id: Option<StaffId>, member: &Staff) -> Result<()> {
    let rules = what_if.rules().clone();
    let before = id.map(|id| get(what_if.connection(), id)).transpose()?;
    judge(what_if.connection(), &rules, (id.unwrap_or(NOBODY), before.as_ref()), member).map(drop)
}

/// An identity that no row has.
const NOBODY: StaffId = StaffId(0);

fn judge(
    connection: &mut Connection,
    rules: &Rules,
    (id, before): (StaffId, Option<&Staff>),
    after: &Staff,
) -> Result<JudgedRow<Staff>> {
    let coding = Coding::new(before.map(|before| &before.code), &after.code);
    if coding.is_new() {
        require_not_erased(&after.code, id)?;
        let others = alike(connection, &after.code)?.into_iter().filter(|(other, _)| *other != id.0);
        // Others may be outside the caller's scope: the code is named as it was sent.
        coding.require_free(others.map(|_| after.code.as_str()))?;
    }
    let trainings = if before.is_some() { training_rows::of_staff(connection, id)? } else { Vec::new() };
    let told = match before {
        Some(before) if before.tenures == after.tenures => before.told.clone(),
        before => rules.told(Dated::Staff, before.map(Staff::roll), &after.tenures)?,
    };
    let after = Staff { told, ..after.clone() };
    tenures::check(rules.catalogue(), &after.tenures)?;
    let contributed = |member: &Staff| contribution(rules.catalogue(), member, &trainings, rules.logged_on());
    let difference = contributed(&after).less(&before.map(contributed).unwrap_or_default());
    JudgedRow::new(rules, after, difference)
}

/// Changes a member of staff, the roll included; the name stays.
pub fn update(transaction: &mut Transaction<'_>, id: StaffId, after: &Staff) -> Result<()> {
    change(transaction, id, after, &[])
}

/// Changes a member of staff, the roll and the name included; without a name the stored one is erased.
pub fn update_named(
    transaction: &mut Transaction<'_>,
    id: StaffId,
    after: &Staff,
    called: Option<&Name>,
) -> Result<()> {
    if name(transaction.connection(), id)?.as_ref() == called {
        return update(transaction, id, after);
    }
    change(transaction, id, after, NAME)?;
    remove_name(transaction, id)?;
    match called {
        Some(called) => set_name(transaction, id, called),
        None => transaction.note(EventKind::Erasure, &[id.0]),
    }
}

/// The unlogged member that a change of a name marks.
pub(crate) const NAME: &[&str] = &["name"];

fn change(transaction: &mut Transaction<'_>, id: StaffId, after: &Staff, unlogged: &[&'static str]) -> Result<()> {
    let (rules, before) = (transaction.rules(), get(transaction.connection(), id)?);
    let judged = judge(transaction.connection(), &rules, (id, Some(&before)), after)?;
    let after = &judged.row;
    log_change(transaction, id, (&before, after), unlogged)?;
    replace_row(transaction, id, after)?;
    tenures::replace(transaction, Subject::Staff, id.0, &after.tenures)?;
    judged.count(transaction);
    Ok(())
}

/// Replaces the row of a member of staff, without the stays.
pub(crate) fn replace_row(transaction: &mut Transaction<'_>, id: StaffId, after: &Staff) -> Result<()> {
    diesel::update(staff::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    Ok(())
}

/// Logs a change of a member of staff, and names of the unlogged members those that differ.
pub(crate) fn log_change(
    transaction: &mut Transaction<'_>,
    id: StaffId,
    (before, after): (&Staff, &Staff),
    unlogged: &[&'static str],
) -> Result<()> {
    transaction.updated(Resource::Staff, id.0, &Marked::new(before, &[]), &Marked::new(after, unlogged))
}

/// Deletes a member of staff without training records, name included.
pub fn delete(transaction: &mut Transaction<'_>, id: StaffId) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    transaction.deleted(Resource::Staff, id.0, &before)?;
    if remove_name(transaction, id)? {
        transaction.note(EventKind::Erasure, &[id.0])?;
    }
    tenures::remove(transaction, Subject::Staff, id.0)?;
    diesel::delete(staff::table.find(id.0)).execute(transaction.raw())?;
    let (catalogue, today) = (transaction.catalogue(), transaction.logged_on());
    transaction.replace(&contribution(&catalogue, &before, &[], today), &Cells::default())
}

/// Erases a name, if there is one.
pub fn erase_name(transaction: &mut Transaction<'_>, id: StaffId) -> Result<()> {
    if remove_name(transaction, id)? {
        let member = get(transaction.connection(), id)?;
        log_change(transaction, id, (&member, &member), NAME)?;
        transaction.note(EventKind::Erasure, &[id.0])?;
    }
    Ok(())
}

/// Finds a member of staff by code, or else the one who was deleted last with that code. Only people for whom `is_seen`
/// is true are found; others take as long to look up as nobody.
pub fn find_ever(
    connection: &mut Connection,
    code: &str,
    is_seen: impl Fn(&Staff) -> bool,
) -> Result<Option<(StaffId, Staff)>> {
    let now = find_now(connection, code)?;
    let there = now.as_ref().map(|(id, _)| id.0);
    if let Some(found) = now.filter(|(_, member)| is_seen(member)) {
        return Ok(Some(found));
    }
    let has = |member: &Staff, spelling: &str| member.code.as_str() == spelling && is_seen(member);
    let found = past::deleted_with_code(connection, Resource::Staff, there, has, code)?;
    Ok(found.map(|(id, member)| (StaffId(id), member)))
}

/// Moves everyone on an agency's roll to another agency.
pub(crate) fn move_all(transaction: &mut Transaction<'_>, from: AgencyId, to: AgencyId, on: Date) -> Result<()> {
    for id in stays::held_on(transaction.connection(), Subject::Staff, from, on)? {
        let mut member = get(transaction.connection(), StaffId(id))?;
        member.tenures = moved(&member.tenures, from, to, on)?;
        update(transaction, StaffId(id), &member)?;
    }
    Ok(())
}

/// The stays after a merger: a stay that began before the day is divided, a later one moves as a whole.
pub(crate) fn moved(stays: &Tenures, from: AgencyId, to: AgencyId, on: Date) -> Result<Tenures> {
    let mut list = Vec::new();
    for stay in stays.all() {
        let concerned = stay.agency == from && stay.to.is_none_or(|end| on <= end);
        if concerned && stay.from < on {
            list.push(thidua_domain::tenures::Tenure { to: on.previous(), ..*stay });
        }
        let agency = if concerned { to } else { stay.agency };
        let start = if concerned { stay.from.max(on) } else { stay.from };
        list.push(thidua_domain::tenures::Tenure { agency, from: start, to: stay.to });
    }
    Ok(Tenures::parse("/on", list)?)
}

/// The contributions of all members of staff, computed from scratch, with the steps on days after `today`.
pub(crate) fn contributions(
    connection: &mut Connection,
    (catalogue, today): (&Catalogue, Date),
    sum: &mut Cells,
) -> Result<()> {
    let mut last = 0;
    loop {
        let rows: Vec<Row> =
            staff::table.filter(staff::id.gt(last)).order(staff::id).limit(2000).load(&mut connection.0)?;
        let (Some(first), Some(end)) = (rows.first().map(|row| row.id), rows.last().map(|row| row.id)) else {
            return Ok(());
        };
        let mut stays = stays::of_range(connection, Subject::Staff, first, end)?;
        let mut trainings = training_rows::of_staff_range(connection, first, end)?;
        for row in rows {
            let (id, member) = row.parse(&mut stays)?;
            let trainings = training_rows::unnumbered(trainings.remove(&id).unwrap_or_default());
            sum.add_all(&contribution(catalogue, &member, &trainings, today));
        }
        last = end;
    }
}

/// The first row that differs from the log, its stays included, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<Row> = rows_in!(staff, expected).load(&mut connection.0)?;
    let rows = rows.into_iter().map(|row| (row.id, row)).collect();
    tenures::first_mismatch(connection, expected, Subject::Staff, rows, |id, member: &Staff| {
        (Row::new(id.into(), member), member.tenures.all().to_vec())
    })
}

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = staff, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    kind: String,
    agency_id: i64,
    told: Option<String>,
}

impl Row {
    fn new(id: StaffId, member: &Staff) -> Self {
        Self {
            id: id.0,
            code: member.code.to_string(),
            kind: member.kind.as_str().to_owned(),
            agency_id: member.tenures.last().agency.0,
            told: json_if(!member.told.is_empty(), &member.told),
        }
    }

    fn parse(self, stays: &mut HashMap<i64, Tenures>) -> Result<(StaffId, Staff)> {
        let member = Staff {
            code: stored(Code::parse("", &self.code))?,
            kind: spelled(StaffKind::from_spelling, &self.kind)?,
            tenures: stays::take(stays, self.id)?,
            told: from_json_or_empty(self.told.as_ref())?,
        };
        Ok((StaffId(self.id), member))
    }
}
