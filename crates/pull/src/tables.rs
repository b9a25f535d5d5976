//! The tables of the file.

diesel::table! {
    meta (name) { name -> Text, value -> Text }
}
diesel::table! {
    changes (seq) {
        seq -> BigInt,
        sight -> Text,
        hash -> Text,
        at_micros -> Nullable<BigInt>,
        actor_kind -> Nullable<Text>,
        actor_id -> Nullable<BigInt>,
        resource -> Nullable<Text>,
        id -> Nullable<BigInt>,
        operation -> Nullable<Text>,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Nullable<Text>,
        cells -> Nullable<Text>,
        form -> BigInt,
        nonce -> Nullable<Text>,
    }
}
diesel::table! {
    rows (resource, id) { resource -> Text, id -> BigInt, seq -> BigInt, json -> Text }
}
diesel::table! {
    cells (indicator, calendar, month, agency) {
        indicator -> BigInt,
        calendar -> BigInt,
        month -> Text,
        agency -> BigInt,
        numerator -> BigInt,
        denominator -> BigInt,
        reports -> BigInt,
    }
}
diesel::table! {
    reports (period) { period -> Text, seq -> BigInt, etag -> Text, body -> Text, signature -> Text }
}

/// The file's `application_id` ("thid"), so that no other SQLite database is taken for a copy.
pub(crate) const APPLICATION: i32 = 0x7468_6964;

/// The schema of the first version.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE changes (
        seq INTEGER PRIMARY KEY, sight TEXT NOT NULL, hash TEXT NOT NULL, at_micros INTEGER, actor_kind TEXT,
        actor_id INTEGER, resource TEXT, id INTEGER, operation TEXT, before TEXT, after TEXT, reason TEXT, cells TEXT
    ) STRICT;
    CREATE TABLE rows (
        resource TEXT NOT NULL, id INTEGER NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (resource, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE cells (
        indicator INTEGER NOT NULL, calendar INTEGER NOT NULL, month TEXT NOT NULL, agency INTEGER NOT NULL,
        numerator INTEGER NOT NULL, denominator INTEGER NOT NULL, reports INTEGER NOT NULL,
        PRIMARY KEY (indicator, calendar, month, agency)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reports (
        period TEXT PRIMARY KEY, seq INTEGER NOT NULL, etag TEXT NOT NULL, body TEXT NOT NULL, signature TEXT NOT NULL
    ) STRICT;
    PRAGMA application_id = 1952999780;
";

/// Additions to the schema since, in order; `user_version` counts those that a file has. A new file is made in the same
/// steps, so that all files are alike.
pub(crate) const ADDED: [&str; 1] = ["
    ALTER TABLE changes ADD COLUMN form INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE changes ADD COLUMN nonce TEXT;
    PRAGMA user_version = 1;
"];
