//! Head counts of the people on the rolls: read from their stays, or for the past from the log, and brought forward by
//! changes in it. Nothing is read where no indicator is compared with them.

use crate::engine::connection::{AnyConnection, Connection};
use crate::engine::date::Day;
use crate::engine::decode::{from_json, from_json_or_empty, spelled};
use crate::engine::schema::staff;
use crate::error::Result;
use crate::log::{changes, past_rows};
use crate::model::stays;
use crate::model::stays::Subject;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date as SqlDate, Nullable, Text};
use std::sync::Arc;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::head_counts::{HeadCounts, Member};
use thidua_domain::tenures::Tenure;

/// Number of people read at once, of those whose closed months were told otherwise than their stays say.
const PAGE: i64 = 500;

/// Update of the head counts of a model.
#[derive(Debug, Default)]
pub(crate) enum HeadCountUpdate {
    /// They stay as they are.
    #[default]
    None,
    /// They are read anew, or dropped.
    All(Option<Arc<HeadCounts>>),
    /// People before and after changes of their rows.
    Changes(Vec<Changed>),
}

/// A person before and after a change.
type Changed = (Option<Member>, Option<Member>);

impl HeadCountUpdate {
    /// Changes after one position up to another; `people` is true when rows of people are among them.
    pub(crate) fn between(
        connection: &mut Connection,
        (catalogue, are_kept): (&Catalogue, bool),
        (known, seq): (i64, i64),
        people: bool,
    ) -> Result<Self> {
        Ok(match (catalogue.compares_people(), are_kept) {
            (true, false) => Self::All(Some(Arc::new(now(connection)?))),
            (true, true) if people => Self::Changes(between(&mut connection.0, known, seq)?),
            (false, true) => Self::All(None),
            _ => Self::None,
        })
    }

    /// Applies the update to a model's book.
    pub(crate) fn apply(self, book: &mut CellBook) {
        match self {
            Self::None => {}
            Self::All(people) => book.keep_people(people),
            Self::Changes(changes) => {
                if let Some(people) = book.people_mut() {
                    apply(people, changes);
                }
            }
        }
    }
}

/// The head counts, if the catalogue compares anything with them.
pub(crate) fn of(connection: &mut Connection, catalogue: &Catalogue) -> Result<Option<Arc<HeadCounts>>> {
    catalogue.compares_people().then(|| now(connection).map(Arc::new)).transpose()
}

/// The head counts as of a position.
pub(crate) fn as_of(connection: &mut Connection, catalogue: &Catalogue, seq: i64) -> Result<Option<Arc<HeadCounts>>> {
    if !catalogue.compares_people() {
        return Ok(None);
    }
    let mut people = HeadCounts::default();
    past_rows::each(connection, Resource::Staff, seq, |_, row| {
        people.add(from_json(row)?);
        Ok(())
    })?;
    Ok(Some(Arc::new(people)))
}

fn now(connection: &mut Connection) -> Result<HeadCounts> {
    let mut people = HeadCounts::default();
    let groups: Vec<CountRow> = diesel::sql_query(GROUPS).load(&mut connection.0)?;
    for CountRow { agency, kind, from_on, to_on, people: many } in groups {
        let stay = Tenure { agency: AgencyId(agency), from: from_on.0, to: to_on.map(|day| day.0) };
        people.add_stays(spelled(StaffKind::from_spelling, &kind)?, &stay, many);
    }
    let mut last = 0;
    loop {
        let rows: Vec<(i64, String, Option<String>)> = staff::table
            .filter(staff::id.gt(last).and(staff::told.is_not_null()))
            .order(staff::id)
            .limit(PAGE)
            .select((staff::id, staff::kind, staff::told))
            .load(&mut connection.0)?;
        let Some((end, ..)) = rows.last() else { return Ok(people) };
        last = *end;
        let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
        let mut stays = stays::of(connection, Subject::Staff, &ids)?;
        for (id, kind, told) in rows {
            people.keep_told(&Member {
                kind: spelled(StaffKind::from_spelling, &kind)?,
                tenures: stays::take(&mut stays, id)?,
                told: from_json_or_empty(told.as_ref())?,
            });
        }
    }
}

/// Numbers of people with the same stay, counted by the database: many stays begin and end on the same days.
const GROUPS: &str = "
    SELECT t.agency_id AS agency, s.kind, t.from_on, t.to_on, COUNT(*) AS people
    FROM tenures t JOIN staff s ON s.id = t.subject_id
    WHERE t.subject = 'staff'
    GROUP BY t.agency_id, s.kind, t.from_on, t.to_on";

fn between(connection: &mut AnyConnection, after: i64, until: i64) -> Result<Vec<Changed>> {
    let rows = changes::rows_between(connection, Resource::Staff, after, until)?;
    let member = |row: Option<String>| row.as_deref().map(from_json::<Member>).transpose();
    rows.into_iter().map(|(before, after)| Ok((member(before)?, member(after)?))).collect()
}

fn apply(people: &mut HeadCounts, changes: impl IntoIterator<Item = Changed>) {
    for (before, after) in changes {
        if let Some(before) = before {
            people.remove(&before);
        }
        if let Some(after) = after {
            people.add(after);
        }
    }
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    agency: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlDate)]
    from_on: Day,
    #[diesel(sql_type = Nullable<SqlDate>)]
    to_on: Option<Day>,
    #[diesel(sql_type = BigInt)]
    people: i64,
}
