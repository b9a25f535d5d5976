-- Wrong tries to log in, by name and network, name, and network. Keys are HMACs: what is typed as a name may be a password.
CREATE TABLE log_in_tries (
    key TEXT COLLATE "C" PRIMARY KEY,
    wrong BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    familiar_at BIGINT
);
CREATE INDEX log_in_tries_last_at ON log_in_tries (last_at);
