//! Unique keys of codes as they are compared, which let no second spelling of one in. Rows of before this rule may differ
//! in case alone: a key tells the later ones from all others by their identities, so it is made by the program, which
//! looks for them.

use crate::engine::connection::{AnyConnection, Connection};
use crate::error::Result;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

/// A table whose rows have codes.
struct Coded {
    table: &'static str,
    /// The expressions by which two rows have one code.
    key: &'static str,
}

const CODED: [Coded; 10] = [
    Coded { table: "staff", key: "lower(code)" },
    Coded { table: "courses", key: "lower(code)" },
    Coded { table: "information_systems", key: "lower(code)" },
    Coded { table: "indicators", key: "lower(code)" },
    Coded { table: "movements", key: "lower(code)" },
    Coded { table: "phases", key: "movement_id, lower(code)" },
    Coded { table: "calendars", key: "lower(code)" },
    Coded { table: "export_profiles", key: "lower(code)" },
    Coded { table: "users", key: "lower(username)" },
    Coded { table: "clients", key: "lower(client_id)" },
];

/// Users and clients together: their names share one space.
const ACCOUNTS: Coded = Coded {
    table: "(SELECT id, username AS code FROM users UNION ALL SELECT id, client_id FROM clients) AS accounts",
    key: "lower(code)",
};

/// Makes the keys, in a database that has none.
pub(crate) fn make(connection: &mut Connection) -> Result<()> {
    for coded in CODED {
        let Coded { table, key } = coded;
        let later: Vec<String> = alike(connection, &coded)?
            .into_iter()
            .flat_map(|ids| ids.into_iter().skip(1))
            .map(|id| id.to_string())
            .collect();
        let apart = match later.as_slice() {
            [] => String::new(),
            later => format!(", (CASE WHEN id IN ({}) THEN id ELSE 0 END)", later.join(", ")),
        };
        let made = format!("CREATE UNIQUE INDEX {table}_folded ON {table} ({key}{apart})");
        match &mut connection.0 {
            AnyConnection::Sqlite(connection) => connection.batch_execute(&made)?,
            AnyConnection::Postgres(connection) => connection.batch_execute(&made)?,
        }
    }
    Ok(())
}

/// The rows whose codes differ from each other's in case alone, with the name of their table, in identity order. Accounts
/// are told as one table.
pub(crate) fn twins(connection: &mut Connection) -> Result<Vec<(&'static str, Vec<i64>)>> {
    let mut found = Vec::new();
    let tables = CODED.into_iter().filter(|coded| !["users", "clients"].contains(&coded.table));
    for (name, coded) in tables.map(|coded| (coded.table, coded)).chain([("accounts", ACCOUNTS)]) {
        found.extend(alike(connection, &coded)?.into_iter().map(|ids| (name, ids)));
    }
    Ok(found)
}

/// The rows of a table that have one code in several spellings, in identity order.
fn alike(connection: &mut Connection, coded: &Coded) -> Result<Vec<Vec<i64>>> {
    let Coded { table, key } = coded;
    let query = format!(
        "SELECT id, first_id FROM (SELECT id, MIN(id) OVER (PARTITION BY {key}) AS first_id, \
         COUNT(*) OVER (PARTITION BY {key}) AS number FROM {table}) AS counted WHERE number > 1 ORDER BY first_id, id"
    );
    let rows: Vec<Twin> = diesel::sql_query(query).load(&mut connection.0)?;
    let mut groups: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    rows.into_iter().for_each(|row| groups.entry(row.first_id).or_default().push(row.id));
    Ok(groups.into_values().collect())
}

#[derive(QueryableByName)]
struct Twin {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    first_id: i64,
}
