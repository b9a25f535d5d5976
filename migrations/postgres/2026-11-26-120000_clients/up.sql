-- Machines that may come in. Their names share one space with those of users.
CREATE TABLE clients (
    id BIGINT PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    agency_id BIGINT REFERENCES agencies,
    disabled BOOLEAN NOT NULL
);

-- Their keys, of which only hashes are kept. scopes and networks are JSON lists.
CREATE TABLE client_keys (
    id BIGINT PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES clients,
    kind TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C",
    scopes TEXT COLLATE "C" NOT NULL,
    networks TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX client_keys_by_client_id ON client_keys (client_id, id);

-- When keys were used last, give or take a minute. It proves nothing, so it is not in the change log.
CREATE TABLE client_key_uses (
    key_id BIGINT PRIMARY KEY,
    used_at BIGINT NOT NULL
);

-- Who comes in is a user or a client: what names either can refer to neither table alone.
ALTER TABLE corrections DROP CONSTRAINT corrections_requested_by_fkey;
ALTER TABLE corrections DROP CONSTRAINT corrections_decided_by_fkey;
ALTER TABLE receipts DROP CONSTRAINT receipts_user_id_fkey;
ALTER TABLE revoked_tokens DROP CONSTRAINT revoked_tokens_user_id_fkey;
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_user_id_fkey;
