-- Invitations: who has the secret sets a password for an account, once. Of the secret only the SHA-256 is kept.
CREATE TABLE invitations (
    account_id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;
