-- Tokens of an issuer that have opened a session: the SHA-256 of what is signed in each, until it would be too old anyhow.
CREATE TABLE used_issuer_tokens (
    hash TEXT COLLATE "C" PRIMARY KEY,
    used_at BIGINT NOT NULL
);
CREATE INDEX used_issuer_tokens_used_at ON used_issuer_tokens (used_at);
-- Whether a key of a client was exchanged for another one.
ALTER TABLE client_keys ADD COLUMN replaced BOOLEAN NOT NULL DEFAULT FALSE;
