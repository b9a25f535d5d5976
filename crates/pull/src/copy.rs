//! The file: an SQLite database that anybody may read, also while a pull is at work. Its tables are described in
//! docs/pull.md. Every change of it is one transaction, so that whatever interrupts a pull leaves a copy of the server
//! as it was at some position.

use crate::chain::{self, Position};
use crate::error::Error;
use crate::keys::Keys;
use crate::tables::{ADDED, APPLICATION, SCHEMA, cells, changes, meta, reports, rows};
use crate::wire::{Cell, Change, Checkpoint, Difference, Digest, Page, Sight};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use std::collections::BTreeMap;
use std::path::Path;

/// A copy of a server, in a file.
pub struct CopyFile(SqliteConnection);

/// Origin of a copy: the server whose log it is, and the reader it was shown to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The server's address.
    pub server: String,
    /// The reader's role and scope, which decide what the server shows.
    pub reader: String,
}

/// A checkpoint that has been verified, and the keys it was verified with.
pub struct Proof<'a> {
    /// The signed position after a page, and the hash there.
    pub checkpoint: &'a Checkpoint,
    /// The keys that are trusted.
    pub keys: &'a Keys,
}

/// A provincial report as it was signed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
pub struct Report {
    /// The period.
    pub period: String,
    /// The change it reflects.
    pub seq: i64,
    /// Its entity tag, with which a report that has not changed need not be got again.
    pub etag: String,
    /// The bytes that are signed, a JSON document.
    pub body: String,
    /// The detached JWS over them.
    pub signature: String,
}

impl CopyFile {
    /// Opens a copy, or begins one.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |error: &dyn std::fmt::Display| Error::File(format!("{}: {error}", path.display()));
        let name = path.to_str().ok_or_else(|| fail(&"its name is not UTF-8"))?;
        let mut connection = SqliteConnection::establish(name).map_err(|error| fail(&error))?;
        connection.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL").map_err(|e| fail(&e))?;
        if let Some(why) = connection.immediate_transaction(prepare).map_err(|error| fail(&error))? {
            return Err(fail(&why));
        }
        // Readers do not hold a pull up, nor a pull its readers.
        connection.batch_execute("PRAGMA journal_mode = WAL").map_err(|error| fail(&error))?;
        Ok(Self(connection))
    }

    /// The position up to which the copy goes.
    pub fn position(&mut self) -> Result<Position, Error> {
        position(&mut self.0)
    }

    /// The origin of the copy; none before the first page.
    pub fn source(&mut self) -> Result<Option<Source>, Error> {
        let (server, reader) = (get(&mut self.0, "server")?, get(&mut self.0, "reader")?);
        Ok(server.zip(reader).map(|(server, reader)| Source { server, reader }))
    }

    /// The keys that are trusted; none before the first page.
    pub fn keys(&mut self) -> Result<Option<Keys>, Error> {
        get(&mut self.0, "keys")?.map(|text| Keys::from_json(&text)).transpose()
    }

    /// Stores a page that has been verified: changes, rows, cells, the position after it and its checkpoint, or
    /// nothing.
    pub fn store(&mut self, page: &Page, from: &Position, proof: &Proof<'_>, source: &Source) -> Result<(), Error> {
        let checkpoint = serde_json::to_string(proof.checkpoint).map_err(|error| Error::File(error.to_string()))?;
        self.0.immediate_transaction(|connection| {
            if position(connection)? != *from {
                return Err(Error::File("another pull is at work on it".to_owned()));
            }
            for change in &page.items {
                diesel::insert_into(changes::table).values(Row::new(change)?).execute(connection)?;
                apply(connection, change)?;
                for cell in &change.cells {
                    put(connection, cell)?;
                }
            }
            set(connection, "server", &source.server)?;
            set(connection, "reader", &source.reader)?;
            set(connection, "seq", &proof.checkpoint.seq.to_string())?;
            set(connection, "hash", &proof.checkpoint.hash)?;
            set(connection, "checkpoint", &checkpoint)?;
            set(connection, "keys", &proof.keys.to_json()?)
        })
    }

    /// Digests of the cells, one for each indicator, calendar and month.
    pub fn digests(&mut self) -> Result<Vec<Digest>, Error> {
        let mut groups: BTreeMap<_, Vec<Cell>> = BTreeMap::new();
        for cell in cells::table.order(cells::agency).load::<CellRow>(&mut self.0)? {
            let cell = Cell::from(cell);
            groups.entry((cell.indicator, cell.calendar, cell.month.clone())).or_default().push(cell);
        }
        let digest = |((indicator, calendar, month), cells): (_, Vec<Cell>)| Digest {
            indicator,
            calendar,
            month,
            digest: chain::digest(&cells),
        };
        Ok(groups.into_iter().map(digest).collect())
    }

    /// Replaces differing cells by those of the server; returns how many were wrong.
    pub fn mend(&mut self, differing: &[Difference]) -> Result<usize, Error> {
        self.0.immediate_transaction(|connection| {
            let mut mended = 0;
            for difference in differing {
                let here = cells::table
                    .filter(cells::indicator.eq(difference.indicator))
                    .filter(cells::calendar.eq(difference.calendar))
                    .filter(cells::month.eq(&difference.month));
                let stored: Vec<CellRow> = here.load(connection)?;
                let stored: Vec<_> = stored.into_iter().map(Cell::from).collect();
                let agencies = |cells: &[Cell]| cells.iter().map(|cell| cell.agency).collect::<Vec<_>>();
                let wrong = difference.cells.iter().filter(|cell| !stored.contains(cell)).count();
                let there = agencies(&difference.cells);
                mended += wrong + agencies(&stored).iter().filter(|agency| !there.contains(agency)).count();
                diesel::delete(here).execute(connection)?;
                for cell in &difference.cells {
                    put(connection, cell)?;
                }
            }
            Ok(mended)
        })
    }

    /// The report of a period.
    pub fn report(&mut self, period: &str) -> Result<Option<Report>, Error> {
        Ok(reports::table.find(period).first(&mut self.0).optional()?)
    }

    /// Keeps a report that has been verified, and the keys it was verified with.
    pub fn store_report(&mut self, report: &Report, keys: &Keys) -> Result<(), Error> {
        self.0.immediate_transaction(|connection| {
            diesel::replace_into(reports::table).values(report).execute(connection)?;
            set(connection, "keys", &keys.to_json()?)
        })
    }
}

/// Makes the tables in a new file, and upgrades a file of an older version; returns the reason when it cannot be a
/// copy.
fn prepare(connection: &mut SqliteConnection) -> QueryResult<Option<&'static str>> {
    let tables = pragma(connection, "SELECT COUNT(*) AS value FROM sqlite_master")?;
    let application = pragma(connection, "SELECT application_id AS value FROM pragma_application_id")?;
    if tables == 0 && application == 0 {
        connection.batch_execute(SCHEMA)?;
    } else if application != APPLICATION {
        return Ok(Some("it is a database of something else"));
    }
    let version = pragma(connection, "SELECT user_version AS value FROM pragma_user_version")?;
    let Some(missing) = usize::try_from(version).ok().and_then(|version| ADDED.get(version..)) else {
        return Ok(Some("a newer version of thidua has made it"));
    };
    missing.iter().try_for_each(|addition| connection.batch_execute(addition))?;
    Ok(None)
}

fn pragma(connection: &mut SqliteConnection, query: &str) -> QueryResult<i32> {
    Ok(diesel::sql_query(query).get_result::<Value>(connection)?.value)
}

fn position(connection: &mut SqliteConnection) -> Result<Position, Error> {
    let Some((seq, hash)) = get(connection, "seq")?.zip(get(connection, "hash")?) else { return Ok(Position::start()) };
    let seq = seq.parse().map_err(|_| Error::File(format!("{seq} is not a position")))?;
    Ok(Position { seq, hash })
}

fn get(connection: &mut SqliteConnection, name: &str) -> Result<Option<String>, Error> {
    Ok(meta::table.find(name).select(meta::value).first(connection).optional()?)
}

fn set(connection: &mut SqliteConnection, name: &str, value: &str) -> Result<(), Error> {
    diesel::replace_into(meta::table).values((meta::name.eq(name), meta::value.eq(value))).execute(connection)?;
    Ok(())
}

/// Applies a change to its row. A row that is gone from this reader's sight is deleted, whatever became of it there.
fn apply(connection: &mut SqliteConnection, change: &Change) -> Result<(), Error> {
    if change.sight == Sight::Hidden {
        return Ok(());
    }
    let Some((resource, id)) = change.resource.as_deref().zip(change.id) else {
        return Err(Error::Untrue(format!("change {} does not say of which row", change.seq)));
    };
    match &change.after {
        Some(json) => {
            let row = (rows::resource.eq(resource), rows::id.eq(id), rows::seq.eq(change.seq), rows::json.eq(json));
            diesel::replace_into(rows::table).values(row).execute(connection)?;
        }
        None => {
            diesel::delete(rows::table.find((resource, id))).execute(connection)?;
        }
    }
    Ok(())
}

/// Stores the new value of a cell; an empty cell is deleted.
fn put(connection: &mut SqliteConnection, cell: &Cell) -> Result<(), Error> {
    if cell.is_empty() {
        let key = (cell.indicator, cell.calendar, cell.month.as_str(), cell.agency);
        diesel::delete(cells::table.find(key)).execute(connection)?;
    } else {
        diesel::replace_into(cells::table).values(CellRow::from(cell.clone())).execute(connection)?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Integer)]
    value: i32,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = cells)]
struct CellRow {
    indicator: i64,
    calendar: i64,
    month: String,
    agency: i64,
    numerator: i64,
    denominator: i64,
    reports: i64,
}

impl From<CellRow> for Cell {
    fn from(row: CellRow) -> Self {
        let CellRow { indicator, calendar, month, agency, numerator, denominator, reports } = row;
        Self { indicator, agency, calendar, month, numerator, denominator, reports }
    }
}

impl From<Cell> for CellRow {
    fn from(cell: Cell) -> Self {
        let Cell { indicator, agency, calendar, month, numerator, denominator, reports } = cell;
        Self { indicator, calendar, month, agency, numerator, denominator, reports }
    }
}

#[derive(Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct Row<'a> {
    seq: i64,
    sight: &'static str,
    hash: &'a str,
    at_micros: Option<i64>,
    actor_kind: Option<&'a str>,
    actor_id: Option<i64>,
    resource: Option<&'a str>,
    id: Option<i64>,
    operation: Option<&'a str>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    reason: Option<&'a str>,
    cells: Option<String>,
    form: i64,
    nonce: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn new(change: &'a Change) -> Result<Self, Error> {
        let cells = match change.cells.as_slice() {
            [] => None,
            cells => Some(serde_json::to_string(cells).map_err(|error| Error::File(error.to_string()))?),
        };
        Ok(Self {
            seq: change.seq,
            sight: change.sight.as_str(),
            hash: &change.hash,
            at_micros: change.at_micros,
            actor_kind: change.actor.as_ref().map(|actor| actor.kind.as_str()),
            actor_id: change.actor.as_ref().map(|actor| actor.id),
            resource: change.resource.as_deref(),
            id: change.id,
            operation: change.operation.as_deref(),
            before: change.before.as_deref(),
            after: change.after.as_deref(),
            reason: change.reason.as_deref(),
            cells,
            form: change.form,
            nonce: change.nonce.as_deref(),
        })
    }
}
