//! Tampering with every column of every table: an edit is found, but in the columns named here, and a checkpoint shows
//! that the end of the log was cut.

use crate::database::everything::Everything;
use crate::database::fixture::{Tables, finding_with, hire};
use std::collections::{BTreeMap, BTreeSet};
use support::on_both_engines;
use thidua_domain::log::changes::Change;
use thidua_persistence::log::changes;
use thidua_persistence::log::changes::LoggedChange;
use thidua_persistence::verify::{Finding, KnownHash};

/// Columns outside the log: data that can be erased, indexes, and data that belongs neither to figures nor to the log.
/// docs/verification.md lists them, too.
const OUTSIDE: [(&str, &[&str]); 16] = [
    ("staff_names", &["staff_id", "name"]),
    ("users", &["display_name", "password_hash", "issuer", "subject"]),
    ("clients", &["name"]),
    ("client_keys", &["label", "hash"]),
    ("client_key_uses", &["key_id", "used_at"]),
    ("revoked_tokens", &["token_id", "expires_at"]),
    (
        "idempotency_keys",
        &[
            "user_id",
            "route",
            "key",
            "at",
            "fingerprint",
            "status",
            "row_id",
            "location",
            "body",
            "of_caller",
            "in_all",
        ],
    ),
    ("log_in_tries", &["key", "wrong", "last_at", "familiar_at"]),
    ("second_factors", &["account_id", "sealed_key", "confirmed", "last_step"]),
    ("recovery_codes", &["hash", "account_id"]),
    ("invitations", &["account_id", "hash", "expires_at"]),
    ("account_uses", &["account_id", "used_at"]),
    (
        "sessions",
        &[
            "id",
            "account_id",
            "password_version",
            "secret_hash",
            "began_at",
            "carried_on_at",
            "counter",
            "carried_on_from",
            "repeated",
        ],
    ),
    ("upgrade_steps", &["name"]),
    ("used_issuer_tokens", &["hash", "used_at"]),
    ("receipts", &["user_id", "pulled_seq", "pulled_at", "acknowledged_seq", "acknowledged_at"]),
];

/// The beginning of the text by which a finding names a row, per table.
fn named(table: &str) -> String {
    match table {
        "changes" => "change ".to_owned(),
        "events" => "event ".to_owned(),
        "cells" | "cell_versions" => "cell (".to_owned(),
        "day_steps" => "step (".to_owned(),
        "agency_successions" => "agencies ".to_owned(),
        "former_codes" => "former code of ".to_owned(),
        "tenures" | "personal_keys" => "staff ".to_owned(),
        table => table.replace('_', "-") + " ",
    }
}

/// One row of a table.
fn one_row(table: &str) -> &str {
    match table {
        "changes" | "events" => "seq = (SELECT MAX(seq) FROM {table})",
        // The figure that was declared.
        "cells" => "month = 202602 AND reports = 1 AND denominator = 4",
        "cell_versions" => "month = 202602 AND reports = 1 AND numerator = 2 AND denominator = 4",
        // A system's stay ends on the day before.
        "day_steps" => "day = '2026-12-21' AND denominator = -1",
        "agency_successions" => "successor_id > 0",
        "tenures" => "subject = 'staff'",
        "former_codes" => "resource = 'courses'",
        "personal_keys" => "owner_id = (SELECT MAX(id) FROM staff)",
        _ => "id = (SELECT MAX(id) FROM {table})",
    }
}

/// The tables and columns with the kinds of their values.
fn columns() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let mut tables: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut table = "";
    for line in include_str!("../../crates/persistence/src/engine/schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|(_, rest)| rest.ends_with(") {")) {
            table = name;
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',').trim_start_matches("Nullable<").trim_end_matches('>');
            tables.entry(table).or_default().push((column, kind));
        }
    }
    tables
}

/// Another value of a column.
fn other(column: &str, kind: &str) -> String {
    match kind {
        "Text" => format!("COALESCE({column} || 'x', 'x')"),
        // Far enough from any other row's, where it is an identity.
        "BigInt" if column.ends_with("id") || column == "seq" => format!("COALESCE({column} + 1000, 1)"),
        "BigInt" | "Integer" => format!("COALESCE({column} + 1, 1)"),
        "Bool" => format!("NOT {column}"),
        "Binary" => format!("substr({column}, 2)"),
        "Date" => "'2001-01-01'".to_owned(),
        other => panic!("{other} is another kind of value"),
    }
}

#[on_both_engines]
fn an_edit_of_any_column_that_the_log_holds_is_found(world: Everything) {
    let mut tables = world.0.tables().unguarded();
    let mut found = BTreeSet::new();
    for (table, columns) in columns() {
        let outside = OUTSIDE.iter().find(|(outside, _)| *outside == table).map_or(&[][..], |(_, columns)| *columns);
        for (column, kind) in columns {
            let row = one_row(table).replace("{table}", table);
            let edit = format!("UPDATE {table} SET {column} = {} WHERE {row}", other(column, kind));
            if outside.contains(&column) {
                continue;
            }
            let said = tables.and_back(&[table], |tables| {
                tables.execute(&edit);
                world.0.finding()
            });
            match said {
                Finding::Difference(what) => assert!(what.starts_with(&named(table)), "{what} after {edit}"),
                clean => panic!("{clean:?} after {edit}"),
            }
            found.insert(table);
        }
    }
    let left_out: Vec<_> = columns().into_keys().filter(|table| !found.contains(table)).collect();
    assert_eq!(
        left_out,
        [
            "account_uses",
            "client_key_uses",
            "idempotency_keys",
            "invitations",
            "log_in_tries",
            "receipts",
            "recovery_codes",
            "second_factors",
            "sessions",
            "staff_names",
            "upgrade_steps",
            "used_issuer_tokens"
        ]
    );
    assert!(matches!(world.0.finding(), Finding::Clean { .. }), "{:?}", world.0.finding());
}

#[on_both_engines]
fn a_row_deleted_from_any_table_that_the_log_holds_is_found(world: Everything) {
    let mut tables = world.0.tables().unguarded();
    // The ends of the two chains are found by checkpoints only, and not at all; tokens are forgotten by themselves.
    let outside = [
        "staff_names",
        "client_key_uses",
        "revoked_tokens",
        "idempotency_keys",
        "log_in_tries",
        "receipts",
        "sessions",
        "second_factors",
        "recovery_codes",
        "invitations",
        "account_uses",
        "upgrade_steps",
        "used_issuer_tokens",
        "changes",
        "events",
    ];
    for table in columns().into_keys().filter(|table| !outside.contains(table)) {
        let delete = format!("DELETE FROM {table} WHERE {}", one_row(table).replace("{table}", table));
        let said = tables.and_back(&[table], |tables| {
            tables.execute(&delete);
            world.0.finding()
        });
        match said {
            Finding::Difference(what) => assert!(what.starts_with(&named(table)), "{what} after {delete}"),
            clean => panic!("{clean:?} after {delete}"),
        }
    }
}

#[on_both_engines]
fn an_end_cut_off_with_all_it_did_is_found_by_a_checkpoint_only(world: Everything) {
    let all: Vec<_> = columns().into_keys().collect();
    let commune = world.0.commune();
    let mut tables = world.0.tables().unguarded();
    let before = last(&world);
    let after = tables.and_back(&all, |_| {
        world.later(move |transaction| hire(transaction, "NV-9", commune));
        last(&world)
    });
    assert_eq!(after.seq, before.seq + 1);
    assert!(matches!(finding_with(&world.0.database, std::slice::from_ref(&before)), Finding::Clean { .. }));
    let said = finding_with(&world.0.database, &[before.clone(), after]);
    let (gone, end) = (before.seq + 1, before.seq);
    assert_eq!(
        said,
        Finding::Difference(format!(
            "change {gone}: is not there, although a checkpoint was taken of it: the log ends at change {end} and has been cut"
        ))
    );
}

#[on_both_engines]
fn a_log_written_anew_in_all_its_hashes_is_found_by_a_checkpoint_only(world: Everything) {
    let kept = last(&world);
    let mut tables = world.0.tables();
    let logged = world.0.database.read(|connection| changes::after(connection, 0, 10_000)).unwrap();
    let mut previous = thidua_domain::log::changes::genesis();
    for LoggedChange { change, .. } in logged {
        let reason = (change.seq == 5).then(|| "được duyệt".to_owned());
        let forged = Change { reason, ..change };
        let hash = forged.hash(&previous);
        let reason = forged.reason.as_ref().map_or("NULL".to_owned(), |reason| format!("'{reason}'"));
        tables.execute(&format!(
            "UPDATE changes SET reason = {reason}, previous_hash = '{previous}', hash = '{hash}' WHERE seq = {}",
            forged.seq
        ));
        previous = hash;
    }
    assert!(matches!(world.0.finding(), Finding::Clean { .. }));
    let said = finding_with(&world.0.database, std::slice::from_ref(&kept));
    let what = format!("change {}: has another hash than its checkpoint: the log has been rewritten", kept.seq);
    assert_eq!(said, Finding::Difference(what));
}

/// The end of the log, as somebody outside would keep it.
fn last(world: &Everything) -> KnownHash {
    let seq = Tables::of(&world.0.place).log().len() as i64;
    let logged = world.0.database.read(|connection| changes::after(connection, seq - 1, 1)).unwrap();
    KnownHash { seq, hash: logged[0].hash.clone() }
}
