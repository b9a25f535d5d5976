DELETE FROM receipts WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM revoked_tokens WHERE user_id NOT IN (SELECT id FROM users);
DELETE FROM idempotency_keys WHERE user_id NOT IN (SELECT id FROM users);
UPDATE corrections SET requested_by = NULL WHERE requested_by NOT IN (SELECT id FROM users);
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
    requested_by INTEGER REFERENCES users,
    requested_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by INTEGER REFERENCES users,
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
    user_id INTEGER PRIMARY KEY REFERENCES users,
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
    user_id INTEGER NOT NULL REFERENCES users,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO revoked_tokens SELECT * FROM kept;
DROP TABLE kept;

CREATE TEMPORARY TABLE kept AS SELECT * FROM idempotency_keys;
DROP TABLE idempotency_keys;
CREATE TABLE idempotency_keys (
    user_id INTEGER NOT NULL REFERENCES users,
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
DROP TABLE client_key_uses;
DROP TABLE client_keys;
DROP TABLE clients;
