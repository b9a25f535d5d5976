-- Machines that may come in. Their names share one space with those of users.
CREATE TABLE clients (
    id INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    agency_id INTEGER REFERENCES agencies,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1))
) STRICT;

-- Their keys, of which only hashes are kept. scopes and networks are JSON lists.
CREATE TABLE client_keys (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients,
    kind TEXT NOT NULL,
    label TEXT,
    scopes TEXT NOT NULL,
    networks TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX client_keys_by_client_id ON client_keys (client_id, id);

-- When keys were used last, give or take a minute. It proves nothing, so it is not in the change log.
CREATE TABLE client_key_uses (
    key_id INTEGER PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT;

-- Who comes in is a user or a client: what names either can refer to neither table alone.
-- SQLite makes a table anew for it. Errata that refer to corrections wait until those are there again.
PRAGMA defer_foreign_keys = ON;
CREATE TEMPORARY TABLE kept AS SELECT * FROM corrections;
DROP TABLE corrections;
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    period TEXT NOT NULL,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    indicator_id INTEGER REFERENCES indicators,
    reason TEXT NOT NULL,
    document_number TEXT NOT NULL,
    requested_by INTEGER,
    requested_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by INTEGER,
    decided_at INTEGER,
    opens_at INTEGER,
    closes_at INTEGER,
    rejection TEXT
) STRICT;
INSERT INTO corrections SELECT * FROM kept;
DROP TABLE kept;

CREATE TEMPORARY TABLE kept AS SELECT * FROM receipts;
DROP TABLE receipts;
CREATE TABLE receipts (
    user_id INTEGER PRIMARY KEY,
    pulled_seq INTEGER NOT NULL,
    pulled_at INTEGER NOT NULL,
    acknowledged_seq INTEGER,
    acknowledged_at INTEGER
) STRICT;
INSERT INTO receipts SELECT * FROM kept;
DROP TABLE kept;

CREATE TEMPORARY TABLE kept AS SELECT * FROM revoked_tokens;
DROP TABLE revoked_tokens;
CREATE TABLE revoked_tokens (
    id INTEGER PRIMARY KEY,
    token_id TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO revoked_tokens SELECT * FROM kept;
DROP TABLE kept;

CREATE TEMPORARY TABLE kept AS SELECT * FROM idempotency_keys;
DROP TABLE idempotency_keys;
CREATE TABLE idempotency_keys (
    user_id INTEGER NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    row_id INTEGER,
    location TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, route, key)
) STRICT;
CREATE INDEX idempotency_keys_by_row_id ON idempotency_keys (row_id);
CREATE INDEX idempotency_keys_by_at ON idempotency_keys (at);
INSERT INTO idempotency_keys SELECT * FROM kept;
DROP TABLE kept;
