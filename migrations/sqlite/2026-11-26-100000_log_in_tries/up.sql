-- Wrong tries to log in, by name and network, name, and network. Keys are HMACs: what is typed as a name may be a password.
CREATE TABLE log_in_tries (
    key TEXT PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    familiar_at INTEGER
) STRICT;
CREATE INDEX log_in_tries_last_at ON log_in_tries (last_at);
