//! Head counts of the people on the rolls, read from their stays and brought forward and back by the log. Nothing is read
//! where no indicator is compared with them.

use crate::changes;
use crate::connection::{AnyConnection, Connection};
use crate::error::Result;
use crate::schema::staff;
use crate::stored::{from_json, from_json_or_empty, spelled};
use crate::tenures::{self, Subject};
use diesel::prelude::*;
use thidua_domain::attainment::CellBook;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::changes::Resource;
use thidua_domain::head_counts::{HeadCounts, Member};
use thidua_domain::staff::StaffKind;

/// People read at once.
const PAGE: i64 = 2000;

/// What becomes of the head counts of a model.
#[derive(Debug, Default)]
pub(crate) enum News {
    /// They stay as they are.
    #[default]
    None,
    /// They are read again, or let go.
    All(Option<HeadCounts>),
    /// People were counted in, out, or otherwise.
    Changes(Vec<Changed>),
}

/// A person before and after a change.
type Changed = (Option<Member>, Option<Member>);

impl News {
    /// What changes after one position up to another, `people` of whom then changed or did not.
    pub(crate) fn between(
        connection: &mut Connection,
        (catalogue, are_kept): (&Catalogue, bool),
        (known, seq): (i64, i64),
        people: bool,
    ) -> Result<Self> {
        Ok(match (catalogue.compares_people(), are_kept) {
            (true, false) => Self::All(Some(now(connection)?)),
            (true, true) if people => Self::Changes(between(&mut connection.0, known, seq)?),
            (false, true) => Self::All(None),
            _ => Self::None,
        })
    }

    /// Brings a model's book forward.
    pub(crate) fn bring(self, book: &mut CellBook) {
        match self {
            Self::None => {}
            Self::All(people) => book.keep_people(people),
            Self::Changes(changes) => {
                if let Some(people) = book.people() {
                    apply(people, changes);
                }
            }
        }
    }
}

/// The head counts, if the catalogue compares anything with them.
pub(crate) fn of(connection: &mut Connection, catalogue: &Catalogue) -> Result<Option<HeadCounts>> {
    catalogue.compares_people().then(|| now(connection)).transpose()
}

/// The head counts at a position: those of now, and then what every change since has made of them, undone.
pub(crate) fn as_of(connection: &mut Connection, catalogue: &Catalogue, seq: i64) -> Result<Option<HeadCounts>> {
    let Some(mut people) = of(connection, catalogue)? else { return Ok(None) };
    let changes = between(&mut connection.0, seq, i64::MAX)?;
    apply(&mut people, changes.into_iter().rev().map(|(before, after)| (after, before)));
    Ok(Some(people))
}

fn now(connection: &mut Connection) -> Result<HeadCounts> {
    let mut people = HeadCounts::default();
    let mut last = 0;
    loop {
        let rows: Vec<(i64, String, Option<String>)> = staff::table
            .filter(staff::id.gt(last))
            .order(staff::id)
            .limit(PAGE)
            .select((staff::id, staff::kind, staff::told))
            .load(&mut connection.0)?;
        let (Some((first, ..)), Some((end, ..))) = (rows.first(), rows.last()) else { return Ok(people) };
        let mut stays = tenures::of_range(connection, Subject::Staff, *first, *end)?;
        last = *end;
        for (id, kind, told) in rows {
            people.add(Member {
                kind: spelled(StaffKind::from_spelling, &kind)?,
                tenures: tenures::take(&mut stays, id)?,
                told: from_json_or_empty(told.as_ref())?,
            });
        }
    }
}

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
