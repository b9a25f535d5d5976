//! Stays of people and systems with agencies, read from the one table in which they stand.

use crate::engine::connection::Connection;
use crate::engine::date::Day;
use crate::engine::decode::stored;
use crate::engine::in_list::one_of;
use crate::engine::schema::tenures;
use crate::error::{Error, Result};
use diesel::prelude::*;
use std::collections::HashMap;
use thidua_domain::Date;
use thidua_domain::id::AgencyId;
use thidua_domain::spelling::meant;
use thidua_domain::tenures::{Tenure, Tenures};

/// Kinds of subjects that stays belong to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    Staff,
    InformationSystem,
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::InformationSystem => "information_system",
        }
    }
}

/// The joined rows, in identity order, of the one row that a code means; `named` gives its identity and code.
pub(crate) fn meant_rows<T>(code: &str, mut rows: Vec<T>, named: impl Fn(&T) -> (i64, &str)) -> Vec<T> {
    let meant = meant(code, &rows, |row| named(row).1).map(|row| named(row).0);
    rows.retain(|row| Some(named(row).0) == meant);
    rows
}

/// The stays of several subjects; every subject has some.
pub(crate) fn of(connection: &mut Connection, subject: Subject, ids: &[i64]) -> Result<HashMap<i64, Tenures>> {
    let rows: Vec<Row> = tenures::table
        .filter(tenures::subject.eq(subject.name()).and(one_of(tenures::subject_id, ids.iter().copied())))
        .order((tenures::subject_id, tenures::from_on))
        .load(&mut connection.0)?;
    collect(rows)
}

/// The stays of the subjects with identities in a range, both ends included.
pub(crate) fn of_range(
    connection: &mut Connection,
    subject: Subject,
    first: i64,
    last: i64,
) -> Result<HashMap<i64, Tenures>> {
    let rows: Vec<Row> = tenures::table
        .filter(tenures::subject.eq(subject.name()).and(tenures::subject_id.between(first, last)))
        .order((tenures::subject_id, tenures::from_on))
        .load(&mut connection.0)?;
    collect(rows)
}

/// The stays of the subjects with identities after one and up to another, in order of time, unchecked: they may
/// overlap.
pub(crate) fn found_between(
    connection: &mut Connection,
    subject: Subject,
    after: i64,
    upto: i64,
) -> Result<HashMap<i64, Vec<Tenure>>> {
    let rows: Vec<Row> = tenures::table
        .filter(tenures::subject.eq(subject.name()))
        .filter(tenures::subject_id.gt(after).and(tenures::subject_id.le(upto)))
        .order((tenures::subject_id, tenures::from_on))
        .load(&mut connection.0)?;
    Ok(by_subject(rows))
}

/// The subjects that agencies hold or have held, after one of them, in identity order.
pub(crate) fn held_ever(
    connection: &mut Connection,
    subject: Subject,
    agencies: &[AgencyId],
    after: i64,
    limit: i64,
) -> Result<Vec<i64>> {
    Ok(tenures::table
        .filter(tenures::subject.eq(subject.name()).and(tenures::subject_id.gt(after)))
        .filter(one_of(tenures::agency_id, agencies.iter().map(|agency| agency.0)))
        .select(tenures::subject_id)
        .distinct()
        .order(tenures::subject_id)
        .limit(limit)
        .load(&mut connection.0)?)
}

/// The subjects an agency holds on a day, in identity order.
pub(crate) fn held_on(connection: &mut Connection, subject: Subject, agency: AgencyId, day: Date) -> Result<Vec<i64>> {
    Ok(tenures::table
        .filter(tenures::subject.eq(subject.name()).and(tenures::agency_id.eq(agency.0)))
        .filter(tenures::from_on.le(Day(day)).and(tenures::to_on.is_null().or(tenures::to_on.ge(Day(day)))))
        .select(tenures::subject_id)
        .order(tenures::subject_id)
        .load(&mut connection.0)?)
}

/// All subjects held by an agency on a day, with the agency.
pub(crate) fn all_held_on(connection: &mut Connection, subject: Subject, day: Date) -> Result<HashMap<i64, AgencyId>> {
    let rows: Vec<(i64, i64)> = tenures::table
        .filter(tenures::subject.eq(subject.name()))
        .filter(tenures::from_on.le(Day(day)).and(tenures::to_on.is_null().or(tenures::to_on.ge(Day(day)))))
        .select((tenures::subject_id, tenures::agency_id))
        .load(&mut connection.0)?;
    Ok(rows.into_iter().map(|(subject, agency)| (subject, AgencyId(agency))).collect())
}

/// True when an agency holds a person or a system on a day outside the given ones.
pub(crate) fn any_outside(connection: &mut Connection, agency: AgencyId, from: Date, to: Option<Date>) -> Result<bool> {
    let at_agency = || tenures::table.filter(tenures::agency_id.eq(agency.0)).select(tenures::subject_id);
    let before: Option<i64> = at_agency().filter(tenures::from_on.lt(Day(from))).first(&mut connection.0).optional()?;
    let after: Option<i64> = match to {
        None => None,
        Some(to) => at_agency()
            .filter(tenures::to_on.is_null().or(tenures::to_on.gt(Day(to))))
            .first(&mut connection.0)
            .optional()?,
    };
    Ok(before.is_some() || after.is_some())
}

/// The stays of one subject among those loaded.
pub(crate) fn take(stays: &mut HashMap<i64, Tenures>, id: i64) -> Result<Tenures> {
    stays.remove(&id).ok_or_else(|| Error::internal(format!("row {id} has no tenures")))
}

/// The stays in rows, by subject.
pub(crate) fn collect(rows: Vec<Row>) -> Result<HashMap<i64, Tenures>> {
    by_subject(rows).into_iter().map(|(id, stays)| Ok((id, stored(Tenures::parse("", stays))?))).collect()
}

fn by_subject(rows: Vec<Row>) -> HashMap<i64, Vec<Tenure>> {
    let mut lists: HashMap<i64, Vec<Tenure>> = HashMap::new();
    for row in rows {
        let stay = Tenure { agency: AgencyId(row.agency_id), from: row.from_on.0, to: row.to_on.map(|day| day.0) };
        lists.entry(row.subject_id).or_default().push(stay);
    }
    lists
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = tenures, treat_none_as_default_value = false)]
pub(crate) struct Row {
    subject: String,
    subject_id: i64,
    agency_id: i64,
    from_on: Day,
    to_on: Option<Day>,
}

impl Row {
    pub(crate) fn new(subject: Subject, id: i64, stay: &Tenure) -> Self {
        Self {
            subject: subject.name().to_owned(),
            subject_id: id,
            agency_id: stay.agency.0,
            from_on: Day(stay.from),
            to_on: stay.to.map(Day),
        }
    }
}
