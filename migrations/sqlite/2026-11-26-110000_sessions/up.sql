-- Sessions: a log-in begins one, its refresh token carries it on. Of the token only the SHA-256 of its secret is kept.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL,
    password_version INTEGER NOT NULL,
    secret_hash TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    carried_on_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_carried_on_at ON sessions (carried_on_at);
