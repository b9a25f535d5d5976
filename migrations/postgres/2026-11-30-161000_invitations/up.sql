-- Invitations: who has the secret sets a password for an account, once. Of the secret only the SHA-256 is kept.
CREATE TABLE invitations (
    account_id BIGINT PRIMARY KEY,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);
