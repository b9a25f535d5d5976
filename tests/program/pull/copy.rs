//! A copy of the log and the figures, read by somebody who knows SQLite and nothing of the program that wrote it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use support::Client;
use thidua_domain::accounts::users::Role;
use thidua_persistence::Database;

/// A file that a pull writes.
pub(super) struct Copy {
    pub(super) path: PathBuf,
    _folder: tempfile::TempDir,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

impl Copy {
    /// A copy that is still to be made.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("copy.sqlite"), _folder: folder }
    }

    /// The copy that the guide's commands have made in a folder.
    pub(super) fn at(folder: tempfile::TempDir) -> Self {
        Self { path: folder.path().join("province.sqlite"), _folder: folder }
    }

    pub(super) fn connection(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(self.path.to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        connection
    }

    /// The JSON texts that a query calls `value`.
    pub(super) fn ask(&self, query: &str) -> Vec<Value> {
        let lines: Vec<Line> = diesel::sql_query(query).load(&mut self.connection()).unwrap();
        lines.iter().map(|line| serde_json::from_str(&line.value).unwrap()).collect()
    }

    pub(super) fn execute(&self, statement: &str) {
        self.connection().batch_execute(statement).unwrap();
    }

    /// Content of the file; nothing while there is no file.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        std::fs::read(&self.path).ok()
    }

    /// Bytes in the write-ahead log beside the file.
    pub(super) fn written_ahead(&self) -> u64 {
        std::fs::metadata(self.path.with_extension("sqlite-wal")).map_or(0, |found| found.len())
    }

    /// Content of the copy without its origin.
    pub(super) fn content(&self) -> Vec<Value> {
        [
            "SELECT json_array(seq, sight, hash, at_micros, actor_kind, actor_id, resource, id, operation, before, after, reason, cells, form, nonce) AS value FROM changes ORDER BY seq",
            "SELECT json_array(resource, id, seq, json) AS value FROM rows ORDER BY resource, id",
            CELLS,
            "SELECT json_array(name, value) AS value FROM meta WHERE name <> 'server' ORDER BY name",
        ]
        .iter()
        .flat_map(|query| self.ask(query))
        .collect()
    }

    /// The position of the copy, after a check that its changes reach just that far without a gap.
    pub(super) fn position(&self) -> i64 {
        if self.ask("SELECT json(COUNT(*)) AS value FROM sqlite_master WHERE name = 'meta'") == [json!(0)] {
            return 0;
        }
        let told = self.ask(
            "SELECT json_array(COUNT(*), COALESCE(MAX(seq), 0),
                COALESCE((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'seq'), 0),
                COALESCE((SELECT value FROM meta WHERE name = 'hash') = (SELECT hash FROM changes ORDER BY seq DESC LIMIT 1), 1)
            ) AS value FROM changes",
        );
        let seq = told[0][0].as_i64().unwrap();
        assert_eq!(told[0], json!([seq, seq, seq, 1]));
        seq
    }
}

const CELLS: &str = "SELECT json_array(indicator, agency, calendar, month, numerator, denominator, reports) AS value
    FROM cells ORDER BY indicator, agency, calendar, month";

/// Insists that a copy is what the server has: cells as in its database, rows as its API gives them to this reader.
#[track_caller]
pub(super) fn assert_same(copy: &Copy, client: &Client, database: &Database, role: Role) {
    let (seq, mut cells) = cells_of(database);
    assert_eq!(copy.position(), seq);
    let mut copied = copy.ask(CELLS);
    for cells in [&mut cells, &mut copied] {
        cells.sort_by_key(|cell| [0, 1, 2].map(|index| cell[index].as_i64()));
    }
    assert!(copied == cells, "{} cells were copied, {} are there", copied.len(), cells.len());

    let mut rows: BTreeMap<String, BTreeMap<i64, Value>> = BTreeMap::new();
    for row in copy.ask("SELECT json_array(resource, id, json(json)) AS value FROM rows") {
        let resource = row[0].as_str().unwrap().to_owned();
        rows.entry(resource).or_default().insert(row[1].as_i64().unwrap(), row[2].clone());
    }
    rows.remove("revoked-tokens"); // Nothing to read for anybody.
    rows.remove("client-keys"); // Read client by client.
    let catalogue = [
        "agencies",
        "calendars",
        "courses",
        "errata",
        "export-profiles",
        "holidays",
        "indicators",
        "locks",
        "movements",
        "periods",
        "reopenings",
        "targets",
    ];
    let records = [
        "clients",
        "corrections",
        "document-exchanges",
        "incidents",
        "information-systems",
        "monitoring-statuses",
        "observations",
        "staff",
        "training-records",
        "users",
    ];
    let mut resources = catalogue.to_vec();
    resources.extend(records.iter().filter(|_| role == Role::Admin));
    let mut phases = Vec::new();
    for resource in resources {
        let told = walk(client, resource);
        phases.extend(told.iter().filter_map(|row| row["phases"].as_array()).flatten().cloned());
        assert_rows(resource, rows.remove(resource).unwrap_or_default(), &told);
    }
    assert_rows("phases", rows.remove("phases").unwrap_or_default(), &phases);
    assert!(rows.is_empty(), "nobody has these: {rows:?}");
}

/// The position and the cells that a database has come to.
fn cells_of(database: &Database) -> (i64, Vec<Value>) {
    let model = database.model();
    let cells = model.cells.iter().map(|(key, cell)| {
        let month = key.month.to_string();
        json!([key.indicator.0, key.agency.0, key.calendar.0, month, cell.numerator, cell.denominator, cell.reports])
    });
    (model.seq, cells.collect())
}

/// Every row of a list, page by page, but for what is built in.
fn walk(client: &Client, resource: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client.get(&format!("/api/v1/{resource}{cursor}")).expect(200);
        rows.extend(page.items().iter().filter(|row| row["id"] != 0).cloned());
        let Some(next) = page.json["next"].as_str() else { return rows };
        cursor = format!("?cursor={next}");
    }
}

/// The same rows on both sides, and nothing that both tell is told differently: rows name others by identity, the API
/// by code.
#[track_caller]
fn assert_rows(resource: &str, copied: BTreeMap<i64, Value>, told: &[Value]) {
    let ids = |row: &Value| row["id"].as_i64().unwrap();
    let mut known: Vec<_> = told.iter().map(ids).collect();
    known.sort_unstable();
    assert!(copied.keys().copied().eq(known.iter().copied()), "{resource}: {} rows of {}", copied.len(), known.len());
    for row in told {
        let own = &copied[&ids(row)];
        let mut compared = 0;
        for (name, value) in own.as_object().unwrap() {
            let (Some(there), false) = (row.get(name), value.is_array() || value.is_object()) else { continue };
            if std::mem::discriminant(there) == std::mem::discriminant(value) {
                assert!(there == value || moment(there) == moment(value), "{resource}: {own} and {row}");
                compared += 1;
            }
        }
        assert!(compared > 0, "{resource}: {own} and {row} have nothing in common");
    }
}

fn moment(value: &Value) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let moment = chrono::DateTime::parse_from_rfc3339(value.as_str()?);
    Some(moment.unwrap_or_else(|_| panic!("{value} differs")))
}
