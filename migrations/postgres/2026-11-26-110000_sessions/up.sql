-- Sessions: a log-in begins one, its refresh token carries it on. Of the token only the SHA-256 of its secret is kept.
CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id BIGINT NOT NULL,
    password_version BIGINT NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL,
    began_at BIGINT NOT NULL,
    carried_on_at BIGINT NOT NULL
);
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_carried_on_at ON sessions (carried_on_at);
